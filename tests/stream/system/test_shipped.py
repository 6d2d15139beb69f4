"""Files that come with whipbird, in an installed package and in a repository."""

from whipbird.system.shipped import demo_recording, shipped


def test_the_installed_one_comes_first(tmp_path):
    package = tmp_path / "stream" / "whipbird"
    (tmp_path / "examples").mkdir()
    package.mkdir(parents=True)
    assert shipped("demo.flac", "examples/demo.flac", package) == tmp_path / "examples" / "demo.flac"
    (package / "demo.flac").touch()
    assert shipped("demo.flac", "examples/demo.flac", package) == package / "demo.flac"


def test_the_demo_is_there():
    assert demo_recording().read_bytes().startswith(b"fLaC")
