"""What `add`, `clone` and `remove` have done, and what the first commit takes."""

from autosyncctl.view import Cell, Line, Tone, View
from autosyncctl.words import clean, count, shell_word
from autosyncd.api.types import AddResult, HeldPath, Preview, RemoveResult

NO_REMOTE = "it has no remote: its commits stay on this machine until it gets one"


def added_view(result: AddResult) -> View:
    """The steps, what is held, and where it stands."""
    lines: list[Line] = [(Cell(clean(step)),) for step in result.done]
    if result.preview:
        lines += _preview(result.preview, dry_run=result.dry_run)
    if result.dry_run:
        lines.append((Cell("nothing was done: this was a dry run"),))
    elif result.error is None:
        lines += _standing(result)
    return View(lines=tuple(lines))


def _standing(result: AddResult) -> list[Line]:
    name = clean(result.name)
    if result.apart is None:
        remote = clean(result.remote) if result.remote else "its remote"
        return [(Cell(f"{name} is in step with {remote}", Tone.GOOD),)]
    if result.remote or not result.preview:
        return [(Cell(f"{name} is under autosync; {clean(result.apart)}", Tone.CAREFUL),)]
    give = f"autosyncctl add {shell_word(result.path)} --remote URL"
    return [
        (Cell(f"{name} is under autosync", Tone.GOOD),),
        (Cell(f"{NO_REMOTE}: `{give}`", Tone.CAREFUL),),
    ]


def _preview(preview: Preview, *, dry_run: bool) -> list[Line]:
    lines: list[Line] = []
    if preview.files or dry_run:
        what = f"{count(preview.files, 'file')} ({_size(preview.bytes)})"
        lines.append((Cell(f"{what} would be committed" if dry_run else f"to commit: {what}"),))
    held = len(preview.held) + preview.more
    if held:
        verb = "is" if held == 1 else "are"
        lines.append((Cell(f"{count(held, 'path')} {verb} left out on purpose:", Tone.CAREFUL),))
    lines += [line for one in preview.held for line in _held(one)]
    if preview.more:
        lines.append((Cell(f"  and {preview.more} more; `autosyncctl held` lists them all"),))
    return lines


def _held(one: HeldPath) -> list[Line]:
    lines: list[Line] = [(Cell(f"  {clean(one.path)}", Tone.STRONG), Cell(f"  {clean(one.why)}"))]
    if one.hint:
        lines.append((Cell(f"    {clean(one.hint)}", Tone.FAINT),))
    return lines


def removed_view(result: RemoveResult) -> View:
    """What was removed, and that nothing else was touched."""
    name, path = clean(result.name), clean(result.path)
    where = f" (its entry was in {clean(result.config)})" if result.config else ""
    return View(lines=((Cell(f"{name} is not watched any more{where}; {path} is as it was"),),))


def _size(number: int) -> str:
    for factor, unit in ((10**9, "GB"), (10**6, "MB"), (10**3, "KB")):
        if number >= factor:
            return f"{number / factor:.1f} {unit}"
    return count(number, "byte")
