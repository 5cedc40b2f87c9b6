"""What a hardware-aware training is asked, and what no description may say."""

from __future__ import annotations

import subprocess
import sys

import pytest
from commands import ALONE

from aware.small_aware import load_small
from chipsim.aware.description import AwareQuestion, Distillation
from chipsim.errors import InputError
from chipsim.reading import from_plain


def test_it_equals_its_yaml(tmp_path):
    question = load_small(tmp_path, "distil.weight=0.2", "ramp=1", "injection.weight_noise=2").question
    assert from_plain(AwareQuestion, question.plain()) == question


def test_its_name_says_network_and_chip(tmp_path):
    question = load_small(tmp_path).question
    assert question.title == "small on chip, hardware-aware"
    assert question.having(name="mine").title == "mine"


def test_a_ramp_longer_than_the_training_is_refused(tmp_path):
    question = load_small(tmp_path).question
    with pytest.raises(InputError, match="4 epochs are more than all 3; the chip's noise would never be reached"):
        question.having(ramp=4)
    with pytest.raises(InputError, match="less than or equal to 1"):
        Distillation(weight=1.5)


def test_to_describe_one_takes_no_pytorch():
    rooms = "chipsim.kinds, chipsim.aware.description, chipsim.aware.result, chipsim.report.robust, chipsim.verbs.hwa"
    text = f"import sys, {rooms}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", text], check=True, env=ALONE)
