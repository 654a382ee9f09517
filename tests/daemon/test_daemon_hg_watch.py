"""A worker's watch goes by Mercurial's rules as they are now."""

from tests.daemon.hg_scene import Scene, served


async def test_a_changed_hgignore_changes_what_is_watched(scene: Scene) -> None:
    for folder in ("build/a", "build/b"):
        (scene.docs / folder).mkdir(parents=True)
    rules = scene.docs / ".hgignore"
    rules.write_text("^build$\n")
    async with served(scene) as home:

        def watches() -> int:
            return home.daemon.status(["docs"]).repositories[0].watches

        await home.until(lambda: ".hgignore" in scene.there().split())
        await home.until_state("docs", "idle")
        assert watches() == 2, "the root and one folder"
        rules.write_text("^build/a$\n")
        await home.until(lambda: watches() == 4)
        (scene.docs / "build" / "b" / "note").write_text("n\n")
        await home.until(lambda: "build/b/note" in scene.there().split())
        rules.write_text("^build$\n")
        await home.until(lambda: "build$" in scene.hg("cat", "-r", ".", ".hgignore"))
        (scene.docs / "build" / "b" / "note").write_text("again\n")
        shown = ("cat", "-r", "default", "build/b/note")
        await home.until(lambda: scene.hg_shared(*shown) == "again\n")
