"""Small networks on small chips as AwareNetworks."""

from builders import chip

from chipsim.aware.injection import Injection
from chipsim.aware.network import AwareNetwork
from chipsim.experiment import Experiment
from chipsim.question import Question


def experiment(workload, architecture=None, **keys):
    """An experiment about a workload that exists already."""
    return Experiment(Question(workload=workload.spec, architecture=architecture or chip(mesh=(6, 6)), **keys), workload)


def aware(workload, architecture=None, seed=0, options=None, **keys):
    """Its network in PyTorch; `keys` are those of the question."""
    return AwareNetwork(experiment(workload, architecture, **keys), options or Injection(), seed)
