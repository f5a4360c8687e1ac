"""The number of examples of hypothesis: few in `make test`, many in `make properties`."""

from hypothesis import HealthCheck, settings

from tests.properties.agreement import LOGS

FEW, MANY = 100, LOGS // 20

settings.register_profile(
    "properties",
    max_examples=max(FEW, MANY),
    deadline=None,
    derandomize=MANY <= FEW,
    database=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("properties")
