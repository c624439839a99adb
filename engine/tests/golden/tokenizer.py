"""What openai-whisper's tokenizer gives for texts, tokens and words.

    python tokenizer.py > ../data/tokenizer.json

Needs openai-whisper. The English-only tokenizer is the reference's; the multilingual list is not
shipped with Hark, so the multilingual rules run on GPT-2's list with an empty last token, as the
formula models have it.
"""
import json
import random
import sys

import tiktoken
from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE, Tokenizer, get_encoding, get_tokenizer

TEXTS = [
    "", " ", "  ", "   \n\t ", "a", " a", "  a", "a ", "a  ", " Hello there, it's $25 at 3 PM.",
    "I'm you're we've she'll they'd 's 't 're 've 'm 'll 'd 'S 'T 'RE I'M ISN'T 'x ''s", "don't can't won't o'clock",
    "The  double   triple    spaces\tand\ttabs\n\nand newlines \n  x", "trailing spaces   ", "\u00a0nbsp\u00a0\u00a0x \u2003em\u3000wide",
    "1234567890 12,345.67 3.14159 ½ ² Ⅷ ٣٤٥ 一二三 १२३", " 2024-12-31T23:59:59Z", "naïve café Zürich Ångström ñandú",
    "Größe, Straße, Übermut: ß ẞ", "Привет, как дела? Ёлка", "Γειά σου Κόσμε", "שלום עולם", "مرحبا بالعالم ٢٠٢٤",
    "こんにちは世界。元気ですか？", "你好，世界！今天天气很好。", "안녕하세요 세계", "สวัสดีชาวโลก", "नमस्ते दुनिया", "ສະບາຍດີ", "မင်္ဂလာပါ",
    "🙂🙃 👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ❤️", "♪ la la ♪♪ ♫ [MUSIC] (applause) <laugh> {x}", "e\u0301 a\u0308 combining \u0300 alone",
    "zero\u200bwidth\u200djoiner\ufeffbom", "\ufffd replacement", "𝒜𝓁𝓅𝒽𝒶 𐍈 𠜎", "ǅ ǈ ʰ ª º", "\x00\x01\x1c\x1f\x7f\x85\x0b\x0c",
    "\u2028line\u2029para", "C++ => a->b; x != y && z || !w", "https://example.org/a?b=c&d=%20#e", "_snake_case_ camelCase SCREAMING",
    "!!!???...---***", "\"quoted\" 'single' `tick` «guillemets» „low“", "a" * 50, "ab" * 300, " " * 40 + "x", "\n" * 20,
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
    "antidisestablishmentarianism floccinaucinihilipilification", "Mr. Smith's dog didn't bark; it 'barked'.", " <|endoftext|> <|en|>",
    "\U0001f468\u200d\U0001f4bb\u0301x\u093f", "x\u00adsoft\u2060join", "٪ ‰ € £ ¥ ₿ ™ ©", "\u0378\u0e3f\u1c90\ua7d0\U00010ec2 \U0001e4f0\U00016d70",
]


def classes():
    """Which characters tiktoken's regular expressions take for letters, numbers and white space."""
    everything = "".join(chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000)
    ranks = {bytes([b]): b for b in range(256)}
    out = {}
    for name, pattern in (("letters", r"\p{L}"), ("numbers", r"\p{N}"), ("spaces", r"\s")):
        e = tiktoken.Encoding(name="bytes", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        found = [ord(c) for c in bytes(e.encode(everything)).decode()]
        h = 0xCBF29CE484222325
        for c in found:
            for byte in c.to_bytes(4, "little"):
                h = ((h ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        out[name] = {"count": len(found), "fnv1a": f"{h:016x}"}
    return out


def specials(t):
    codes = list(LANGUAGES)[: t.num_languages]
    return {"eot": t.eot, "sot": t.sot, "translate": t.translate, "transcribe": t.transcribe, "sot_lm": t.sot_lm,
            "sot_prev": t.sot_prev, "no_speech": t.no_speech, "no_timestamps": t.no_timestamps,
            "timestamp_begin": t.timestamp_begin, "languages": [[c, t.to_language_token(c)] for c in codes]}


def words(t, tokens):
    """The reference's words, or none where it fails or loses tokens."""
    try:
        texts, groups = t.split_to_word_tokens(tokens)
    except IndexError:
        return None
    if sum(groups, []) != tokens:
        return None
    return [[w, g] for w, g in zip(texts, groups)]


def gpt2_as_multilingual(languages, language):
    base = get_encoding("gpt2", num_languages=languages)
    ranks = dict(base._mergeable_ranks)
    ranks[b""] = len(ranks)
    names = sorted(base._special_tokens, key=base._special_tokens.get)
    return Tokenizer(encoding=tiktoken.Encoding(name="m", pat_str=base._pat_str, mergeable_ranks=ranks,
                     special_tokens={n: len(ranks) + i for i, n in enumerate(names)}), num_languages=languages, language=language)


def main():
    rng = random.Random(1)
    en = get_tokenizer(False)
    out = {"classes": classes(), "encode": [], "decode": [], "words": [], "by_character": [], "multilingual_words": []}
    alphabet = [c for t in TEXTS for c in t] + list(" '\n ")
    texts = TEXTS + ["".join(rng.choice(alphabet) for _ in range(rng.randint(1, 60))) for _ in range(120)]
    for text in texts:
        out["encode"].append([text, en.encode(text, disallowed_special=())])
    streams = [en.encode(t, disallowed_special=()) for t in TEXTS if t]
    for _ in range(150):
        streams.append([rng.randrange(50256) for _ in range(rng.randint(1, 12))])
    for _ in range(150):  # tokens that are mostly pieces of characters
        streams.append([rng.choice([rng.randrange(94, 256), rng.randrange(94, 256), rng.randrange(300)]) for _ in range(rng.randint(1, 10))])
    for _ in range(60):
        streams.append([rng.choice([rng.randrange(51864), rng.randrange(50256, 51864)]) for _ in range(rng.randint(1, 8))])
    for s in streams:
        out["decode"].append([s, en.decode(s), en.decode_with_timestamps(s)])
    skipped = 0
    ja, de = gpt2_as_multilingual(99, "ja"), gpt2_as_multilingual(99, "de")
    for s in streams:
        if (w := words(en, s)) is not None:
            out["words"].append([s, w])
        else:
            skipped += 1
        m = [t + 1 if t >= 50256 else t for t in s]
        for t in (ja, de):
            if (w := words(t, m)) is not None:
                out["multilingual_words"].append([t.language, m, w])
    out["non_speech"] = list(en.non_speech_tokens)
    out["multilingual_non_speech"] = list(ja.non_speech_tokens)
    out["specials"] = {"51864": specials(en), "51865": specials(get_tokenizer(True)),
                       "51866": specials(get_tokenizer(True, num_languages=100))}
    out["language_names"] = sorted(TO_LANGUAGE_CODE.items())
    out.pop("by_character")
    print(f"{len(out['encode'])} texts, {len(streams)} token streams, {skipped} of which the reference cannot split", file=sys.stderr)
    sys.stdout.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, separators=(',', ':'))}" for k, v in out.items()) + "\n}\n")


if __name__ == "__main__":
    main()
