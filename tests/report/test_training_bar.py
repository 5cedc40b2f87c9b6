"""What stands beside the progress bar: epoch, samples, running loss and accuracy, time and energy on the chip."""

from small_training import load_small

from chipsim.report.training_bar import bar, words
from chipsim.training.loop import Looking


def test_words_follow_the_training(tmp_path):
    experiment, heard = load_small(tmp_path, "seeds=2", "schedule.epochs=1"), []

    def look(training):
        heard.append(words(training, experiment.place(training), 2, experiment.spent(training)))
        return True

    experiment.run(looking=Looking(look))
    assert heard[0].startswith("seed 1/2  epoch 1/1  2/61  loss ")
    assert "on chip" not in heard[0]
    assert " us, " in heard[30]
    assert " on chip " in heard[30]
    assert heard[-1].startswith("seed 2/2  epoch 1/1  61/61  loss ")


def test_without_a_terminal_only_sentences_are_printed(tmp_path, capsys):
    experiment = load_small(tmp_path)
    with bar(1) as shown:
        assert not shown.due
        shown.tell(experiment.training(0), 0, None)
        shown.say("the disk is [full]")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.split() == ["the", "disk", "is", "[full]"]
