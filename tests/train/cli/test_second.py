"""``whipbird train second``."""

from typer.testing import CliRunner

from spoilt_bundles import edit
from whipbird.models.model import Model
from whipbird_train.cli.app import app
from whipbird_train.export.bundle_folder import write_card


def test_the_model_is_copied_and_gets_network_thresholds_and_page(bundle, tmp_path, monkeypatch):
    edit(bundle, lambda card: card.pop("second", None))
    asked = []

    def with_second(made, data, run, seed):
        asked.append((data, run, seed))
        card = Model(str(made)).card.model_copy(update={"limits": "Second to none."})
        write_card(made, card)
        return card

    monkeypatch.setattr("whipbird_train.recipes.commands.with_second", with_second)
    monkeypatch.setattr(
        "whipbird_train.recipes.commands.among_strangers",
        lambda card, data, model: card.model_copy(update={"version": "9"}),
    )
    out = tmp_path / "out"
    given = ["second", "--model", str(bundle), "--out", str(out), "--data", str(tmp_path), "--run", str(tmp_path / "r")]
    result = CliRunner().invoke(app, given)
    assert result.exit_code == 0, result.output
    assert asked == [(tmp_path, tmp_path / "r", 1)]
    assert Model(str(out)).card.version == "9"
    assert "Second to none." in (out / "README.md").read_text()
    assert "commercial use" in (out / "LICENSE").read_text()
