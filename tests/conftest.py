"""What all tests share: this folder is importable (`builders`), and hypothesis does not watch the clock of a busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("chipsim", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("chipsim")
