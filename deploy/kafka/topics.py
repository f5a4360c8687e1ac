"""Create the missing domain topics: `python -m deploy.kafka.topics HOST:PORT [REPLICAS]`."""

import asyncio
import sys

from runtime.messaging.admin import create_topics
from schemas.topics import DOMAIN_TOPICS

if __name__ == "__main__":
    replicas = int(sys.argv[2]) if len(sys.argv) > 2 else 1  # noqa: PLR2004 - the second argument
    asyncio.run(create_topics(sys.argv[1], DOMAIN_TOPICS, replicas))
