from chipsim.reading import from_plain
from chipsim.workload.metrics import Metric, metric_column, metric_measure, metric_named
from chipsim.workload.metrics.named import BUILT_IN


def test_every_metric_is_known_by_its_column():
    for name in BUILT_IN:
        metric = metric_named(name)
        assert metric is not None
        assert metric.column == name
        assert metric_column(name).metric == metric
        assert from_plain(Metric, name).column == name  # a bare name is enough
    assert set(Metric.members) - {"top_k", "function"} <= set(BUILT_IN)
    assert metric_named("top_10").many == 10
    assert metric_named("top_0") is metric_named("top_k") is metric_named("energy") is None


def test_what_a_measure_says_of_a_metric():
    assert metric_measure("top_5_loss")[:2] == ("top_5", "loss")
    assert metric_measure("float_rmse")[:2] == ("rmse", "float")
    assert metric_measure("metric")[:2] == ("metric", "value")
    assert not metric_measure("accuracy_loss").higher
    assert metric_measure("accuracy").higher
    for other in ("loss", "float_loss", "best", "energy", "area.adc"):
        assert metric_measure(other) is None


def test_columns_have_times_and_spreads():
    assert metric_column("top_5_1d").name == metric_column("top_5").name == "top_5"
    assert metric_column("f1_1.5month_spread").name == "f1"
    assert metric_column("perplexity_spread").metric.column == "perplexity"
    assert metric_column("programming_time") is None
