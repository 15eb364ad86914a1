"""Static files as the portal itself serves them."""

from whitenoise.responders import StaticFile

from cpms.static_files import StaticFilesMiddleware


def served(rf, file: StaticFile, method: str = "GET", **headers: str):
    return StaticFilesMiddleware.serve(file, rf.generic(method, "/static/a.css", **headers))


def test_a_file_is_sent_whole_and_with_the_length_that_it_has_now(rf, tmp_path):
    path = tmp_path / "a.css"
    path.write_text("old")
    file = StaticFile(str(path), [("Content-Type", "text/css")])
    path.write_text("something newer")
    answer = served(rf, file)
    assert (answer.content, answer["Content-Length"], answer["Content-Type"]) == (b"something newer", "15", "text/css")
    assert not answer.streaming


def test_only_the_head_or_a_part_is_sent_where_it_is_asked_for(rf, tmp_path):
    path = tmp_path / "a.css"
    path.write_text("0123456789")
    file = StaticFile(str(path), [])
    head = served(rf, file, "HEAD")
    assert (head.content, head["Content-Length"]) == (b"", "10")
    part = served(rf, file, HTTP_RANGE="bytes=2-4")
    assert (part.status_code, part.content) == (206, b"234")
