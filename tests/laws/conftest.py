"""How many logs the laws read: few in `make test`, many in `make laws`."""

from hypothesis import HealthCheck, settings

from tests.laws.agreement import LOGS

FEW, MANY = 100, LOGS // 20

settings.register_profile(
    "laws",
    max_examples=max(FEW, MANY),
    deadline=None,
    derandomize=MANY <= FEW,
    database=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("laws")
