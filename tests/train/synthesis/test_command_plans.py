"""Plans of what Kokoro says: voices to train with say nothing that tests."""

from whipbird_train.synthesis.command_plans import judging_plan, split_voices, teaching_plans

WORDS = ("down", "go", "no", "stop")
TRANSCRIPTS = ["WE KNOW THAT HE WOULD GO TO THE MILL BY THE RIVER AND STAY THERE"] * 20


def test_no_voice_is_in_both_splits():
    names = [f"voice {number}" for number in range(60)]
    train, test = split_voices(reversed(names))
    assert sorted(train + test) == sorted(names)
    assert (train, test) == split_voices(names)
    assert len(train) > len(test) > 5


def test_plans_have_the_voices_given():
    plans = teaching_plans(["one", "two", "three"], WORDS, TRANSCRIPTS)
    plans["test"] = judging_plan(["four", "five", "six"], WORDS, TRANSCRIPTS)
    voices = {name: {voice for said in plan for voice, _ in said.voices} for name, plan in plans.items()}
    assert voices == {name: {"four", "five", "six"} if name == "test" else {"one", "two", "three"} for name in plans}
    assert len(plans["words"]) == 220 * len(WORDS)
