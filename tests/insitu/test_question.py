"""The description of a training: equal to its YAML, and what an answer does not depend on."""

import pytest
from small_training import load_small

from chipsim.errors import InputError
from chipsim.insitu.question import Sampling, TrainingQuestion
from chipsim.reading import from_plain


def test_a_question_is_its_yaml(tmp_path):
    question = load_small(tmp_path, "rule.type=tiki_taka", "schedule.decay=cosine", "seeds=2").question
    again = from_plain(TrainingQuestion, question.plain())
    assert again == question
    assert again.digest() == question.digest()


def test_no_answer_depends_on_when_checkpoints_are_written(tmp_path):
    one, other = (load_small(tmp_path, f"checkpoint={time}").question for time in ("1 s", "1 h"))
    assert one.digest() != other.digest()
    assert one.asked.digest() == other.asked.digest()
    assert one.asked.digest() != one.having(seed=1).asked.digest()


@pytest.mark.parametrize("keys", [{"moments": -1}, {"batches": 0}])
def test_moments_are_counted_from_nothing_upwards(keys):
    with pytest.raises(InputError):
        Sampling(**keys)
    assert Sampling(moments=0).moments == 0
