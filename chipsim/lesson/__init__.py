"""What a chip does while it learns, as a graph of tasks on its circuits, without a clock (played by `chipsim/learning.py`).

    forward     inputs from the host, products, neurons, layers without weights; inputs are kept in the activation stores
    backward    the error at the output, derivatives, transposed products
    update      pulses on the arrays, bias                transfer    what a rule does besides: lines read, digital work

All errors of a mini-batch pass an array before its first weight moves; it then learns from the samples one after the other, and the
first product of the next mini-batch waits for that. Upper layers may learn while errors still pass the lower ones, samples of a
mini-batch follow one another through the layers, and inputs of the next mini-batch are fetched ahead as far as there is room. Every
vector is a task of its own.

Not modelled: labels (a few bits of each sample), room in input and output buffers (their energy is counted), copies of layers, several
arrays of a rule that work at the same time (they take turns on their tile).
"""

from collections.abc import Sequence

from chipsim.lesson.backward import backward
from chipsim.lesson.costs import Costs
from chipsim.lesson.forward import forward
from chipsim.lesson.places import Places, cuts_of, laid_out
from chipsim.lesson.plan import Plan
from chipsim.lesson.task import STAGES, Lesson, Stage, Task, ordered
from chipsim.lesson.update import update
from chipsim.training.work import StepWork

__all__ = ["STAGES", "Costs", "Lesson", "Places", "Stage", "Task", "cuts_of", "laid_out", "lesson_of"]


def lesson_of(places: Places, costs: Costs, works: Sequence[StepWork]) -> Lesson:
    """The tasks of consecutive mini-batches; InputError where an activation store is too small or a record is of other arrays."""
    plan, first = Plan(places, costs, list(works)), 0
    for batch, work in enumerate(plan.works):
        plan.start(batch, first)
        forward(plan)
        backward(plan)
        update(plan)
        first += work.samples
    return Lesson(ordered(plan.tasks), len(plan.works), first, list(plan.stores.values()), plan.held)
