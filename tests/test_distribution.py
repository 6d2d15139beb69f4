"""What whipbird is distributed as: the wheel, and the files that put it into containers and conda environments."""

import re
import subprocess
import sys
import tomllib
import zipfile

import pytest

from command_line import LIMIT_S, ROOT
from command_reference import all_commands

LARGEST_WHEEL = 6_000_000  # bytes
MODELS = {"capuchinbird", "commands", "digits", "urbansound", "wake-words"}
NON_COMMERCIAL = {"capuchinbird", "urbansound"}


@pytest.fixture(scope="module")
def settings():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling is not installed")
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S)
    assert done.returncode == 0, done.stderr
    (path,) = folder.glob("*.whl")
    return path


def read(wheel, name):
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(name).decode()


def test_the_wheel_is_small_and_has_the_models_and_the_demo(wheel):
    assert wheel.stat().st_size < LARGEST_WHEEL
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[2] for name in names if name.startswith("whipbird/bundles/")} == MODELS
    assert {"whipbird/demo.flac", "whipbird/py.typed", "whipbird/station/example.toml"} <= set(names)
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"whipbird", "whipbird_train"}
    assert not [name for name in names if name.endswith(".png")]


def test_licences_in_the_wheel_tell_what_is_non_commercial(wheel):
    for model in MODELS:
        text = read(wheel, f"whipbird/bundles/{model}/LICENSE")
        assert ("It does not permit commercial use." in text) == (model in NON_COMMERCIAL)
    (metadata,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA"))
    assert {f"models/{model}/LICENSE" for model in MODELS} < set(
        re.findall(r"^License-File: (.*)", read(wheel, metadata), re.MULTILINE)
    )


def test_all_is_every_extra_for_users_but_training(settings):
    (everything,) = settings["optional-dependencies"]["all"]
    named = set(re.search(r"\[(.*)\]", everything)[1].split(","))
    assert named == set(settings["optional-dependencies"]) - {"all", "dev", "dist", "docs", "train", "voices"}


def test_the_dockerfile_copies_what_is_there_and_runs_commands_that_exist():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists()
            assert f"!{name}" in allowed
    commands = {name: command for name, command, _ in all_commands()}
    check, start = re.findall(r"CMD \[(.*)\]", text)
    assert check == '"whipbird", "status", "/data/station.toml"'
    name, *words = re.findall(r'"(.*?)"', start)
    options = {option for parameter in commands[f"whipbird {name}"].params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options
    assert "\nUSER whipbird\n" in text


def test_the_extras_in_the_image_exist(settings):
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    extras = re.search(r"^ARG EXTRAS=(.*)$", text, re.MULTILINE)[1].split(",")
    assert set(extras) <= set(settings["optional-dependencies"])


def test_the_compose_file_mounts_what_the_image_uses():
    yaml = pytest.importorskip("yaml")
    service = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["station"]
    assert service["volumes"] == ["./station:/data"]
    assert service["devices"] == ["/dev/snd"]


def test_the_conda_recipe_has_the_packages_and_licences_of_the_project(settings):
    yaml = pytest.importorskip("yaml")
    recipe = yaml.safe_load((ROOT / "packaging/conda/recipe.yaml").read_text(encoding="utf-8"))
    names = {"sounddevice": "python-sounddevice", "soundfile": "pysoundfile", "soxr": "soxr-python"}  # on conda-forge
    needed = [line.split(";")[0].strip() for line in settings["dependencies"] if "win32" not in line]
    packages = [re.fullmatch(r"([\w-]+)(>=.*)", line).groups() for line in needed]
    assert sorted(recipe["requirements"]["run"][1:]) == sorted(
        f"{names.get(name, name)} {least}" for name, least in packages
    )
    assert recipe["about"]["license"] == settings["license"]
    assert recipe["about"]["license_file"] == settings["license-files"]
    version = re.search(r'__version__ = "(.*)"', (ROOT / "stream/whipbird/__init__.py").read_text(encoding="utf-8"))[1]
    assert recipe["context"]["version"] == version
    assert f"whipbird = {settings['scripts']['whipbird']}" in recipe["build"]["python"]["entry_points"]
