"""Uses the service as other programs use OpenAI's: by OpenAI's own client, and by curl.

    openai_client.py BINARY

Every text has to be that of `hark transcribe`, in every format, one at a time and eight at once; errors have to come as
the client's exceptions. The client is the package `openai` of the Python that this runs in, and asks nobody but a
service that is begun here, on this machine.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

try:
    import openai
except ImportError:
    sys.exit("the Python package `openai` is not there (pip install openai)")

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "assets/demo/samples"
CLIPS = ["short04", "short18", "multi01", "noisy02"]
MODEL = "demo"

# Nobody stands between this and the service.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
problems = []


def expect(right, what):
    if not right:
        problems.append(what)
        print(f"WRONG: {what}")


def words(text):
    return " ".join(text.split())


def transcribed(binary, clip, *options):
    done = subprocess.run(
        [binary, "transcribe", "--model", MODEL, *options, SAMPLES / f"{clip}.wav"],
        capture_output=True, text=True, timeout=300,
    )
    return done.stdout if done.returncode == 0 else None


@contextmanager
def service(binary):
    """The service, on a port that is free; its address."""
    process = subprocess.Popen([binary, "serve", "--model", MODEL, "--port", "0"], stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip()
        if not line.startswith("Listening on http://127.0.0.1:"):
            sys.exit(f"it does not listen: {line}")
        yield line.removeprefix("Listening on ")
    finally:
        process.terminate()
        process.wait(30)


def create(client, clip, **more):
    with open(SAMPLES / f"{clip}.wav", "rb") as file:
        return client.audio.transcriptions.create(file=file, model=MODEL, **more)


def formats(client, binary):
    for clip in CLIPS:
        right = transcribed(binary, clip)
        expect(words(create(client, clip).text) == words(right), f"json of {clip}")
        text = create(client, clip, response_format="text")
        expect(isinstance(text, str) and words(text) == words(right), f"text of {clip}: {text!r}")
        for format in ["srt", "vtt"]:
            text = create(client, clip, response_format=format)
            expect(text.strip() == transcribed(binary, clip, "--format", format).strip(), f"{format} of {clip}: {text!r}")


def verbose(client, binary):
    for clip in CLIPS:
        kept = json.loads(transcribed(binary, clip, "--format", "json", "--word-timestamps"))
        answer = create(client, clip, response_format="verbose_json", timestamp_granularities=["word", "segment"])
        expect(words(answer.text) == words(" ".join(s["text"] for s in kept["segments"])), f"verbose text of {clip}")
        expect(answer.language in ("en", "english") and answer.duration > 1, f"language and duration of {clip}")
        mine = [(round(s.start, 2), round(s.end, 2), words(s.text)) for s in answer.segments]
        theirs = [(round(s["start"], 2), round(s["end"], 2), words(s["text"])) for s in kept["segments"]]
        expect(mine == theirs, f"segments of {clip}: {mine} {theirs}")
        mine = [(words(w.word), round(w.start, 2), round(w.end, 2)) for w in answer.words]
        theirs = [
            (words(w["word"]), round(w["start"], 2), round(w["end"], 2)) for s in kept["segments"] for w in s["words"]
        ]
        expect(mine == theirs, f"words of {clip}: {mine} {theirs}")
        plain = create(client, clip, response_format="verbose_json")
        expect(not plain.words and plain.segments, f"no words unless they are asked for ({clip})")


def streamed(client, binary):
    for clip in CLIPS:
        events = list(create(client, clip, stream=True))
        deltas = "".join(event.delta for event in events if event.type == "transcript.text.delta")
        done = [event.text for event in events if event.type == "transcript.text.done"]
        right = words(transcribed(binary, clip))
        expect(len(done) == 1 and events[-1].type == "transcript.text.done", f"the last event of {clip}")
        expect(words(deltas) == right and done and words(done[0]) == right, f"stream of {clip}: {deltas!r} {done}")


def translation(client, binary):
    right = transcribed(binary, "short04", "--task", "translate")
    try:
        with open(SAMPLES / "short04.wav", "rb") as file:
            answer = client.audio.translations.create(file=file, model=MODEL)
        expect(right is None or words(answer.text) == words(right), "translation")
    except openai.APIStatusError as error:
        expect(right is None and 400 <= error.status_code < 500, f"translation: {error}")


def models(client):
    names = [model.id for model in client.models.list()]
    expect(MODEL in names, f"models: {names}")


def errors(client):
    clip = (SAMPLES / "short04.wav").read_bytes()
    bad = [
        ("damaged audio", dict(file=("clip.wav", b"\x07no audio" * 500), model=MODEL), openai.BadRequestError),
        ("an empty file", dict(file=("clip.wav", b""), model=MODEL), openai.BadRequestError),
        ("an unknown model", dict(file=("clip.wav", clip), model="no-such-model"), openai.NotFoundError),
        ("an unknown format", dict(file=("clip.wav", clip), model=MODEL, response_format="banana"), openai.BadRequestError),
        ("a temperature of 7", dict(file=("clip.wav", clip), model=MODEL, temperature=7), openai.BadRequestError),
        ("an unknown language", dict(file=("clip.wav", clip), model=MODEL, language="klingon"), openai.BadRequestError),
    ]
    for what, arguments, kind in bad:
        try:
            client.audio.transcriptions.create(**arguments)
            expect(False, f"{what} was taken")
        except openai.APIError as error:
            expect(isinstance(error, kind), f"{what}: {type(error).__name__}: {error}")
            expect(isinstance(error.body, dict) and error.body.get("message"), f"{what}: {error.body}")


def at_once(client, binary):
    clips = [CLIPS[number % len(CLIPS)] for number in range(16)]
    right = {clip: words(transcribed(binary, clip)) for clip in CLIPS}
    with ThreadPoolExecutor(8) as pool:
        for clip, answer in zip(clips, pool.map(lambda clip: create(client, clip), clips)):
            expect(words(answer.text) == right[clip], f"{clip} in company: {answer.text!r}")


def curl(address, binary):
    if not shutil.which("curl"):
        print("SKIPPED: curl: it is not installed", file=sys.stderr)
        return

    def ask(path, *options):
        done = subprocess.run(
            ["curl", "-sS", "--noproxy", "*", "-m", "60", "-w", "\n%{http_code}", f"{address}{path}", *options],
            capture_output=True, text=True,
        )
        text, _, code = done.stdout.rpartition("\n")
        return int(code or 0), text

    path = "/v1/audio/transcriptions"
    file = ["-F", f"file=@{SAMPLES / 'short04.wav'}", "-F", f"model={MODEL}"]
    code, text = ask(path, *file)
    right = words(transcribed(binary, "short04"))
    expect(code == 200 and words(json.loads(text)["text"]) == right, f"curl: {code} {text}")
    code, text = ask(path, *file, "-F", "stream=true")
    expect(code == 200 and "transcript.text.done" in text, f"curl, streamed: {code} {text}")
    code, text = ask(path, "-F", f"model={MODEL}")
    expect(code == 400 and json.loads(text)["error"]["message"], f"curl without a file: {code} {text}")
    code, text = ask("/metrics")
    expect(code == 200 and "hark_windows_total" in text, f"curl /metrics: {code}")
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("promtool"):
            page = pathlib.Path(folder) / "page"
            page.write_text(text)
            with open(page, "rb") as page:
                done = subprocess.run(["promtool", "check", "metrics"], stdin=page, capture_output=True, text=True)
            expect(done.returncode == 0 and not done.stderr + done.stdout, f"promtool: {done.stdout}{done.stderr}")


def main(binary):
    with service(binary) as address:
        client = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        for test in [formats, verbose, streamed, translation, at_once]:
            test(client, binary)
            print(f"done: {test.__name__}")
        models(client)
        errors(client)
        curl(address, binary)
    print(f"openai {openai.__version__}: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
