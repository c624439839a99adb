use super::subtitles::{Cue, LineRules, cues, milliseconds};
use crate::test_chance::Chance;
use hark_engine::transcript::{Segment, Word};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

fn segment(start: f64, end: f64, text: &str) -> Segment {
    Segment { start, end, text: text.into(), ..Segment::default() }
}

fn made(segments: &[Segment]) -> Vec<(u64, u64, String)> {
    cues(segments, &LineRules::default()).iter().map(|cue| (cue.start, cue.end, cue.text())).collect()
}

/// What holds of every subtitle, whatever it is made of.
#[track_caller]
fn keeps_the_rules(cues: &[Cue], rules: &LineRules) {
    for cue in cues {
        assert!(cue.end > cue.start, "{cue:?}");
        assert!((1..=rules.lines).contains(&cue.lines.len()), "{cue:?}");
        for line in cue.text().lines() {
            let one_letter = line.graphemes(true).count() == 1;
            assert!(line.width() <= rules.columns || one_letter, "{line:?}");
            assert!(!line.is_empty() && line.trim() == line, "{line:?}");
        }
    }
    assert!(cues.windows(2).all(|two| two[0].end <= two[1].start), "they overlap");
}

#[test]
fn a_long_text_becomes_balanced_lines_and_ends_where_a_sentence_does() {
    let text = " We walked along the river until it was dark. Then we sat down, and nobody said a word about the \
                house that was no longer there.";
    let made = made(&[segment(0.0, 12.0, text)]);
    let texts: Vec<_> = made.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "We walked along the\nriver until it was dark.",
            "Then we sat down, and nobody said a word\nabout the house that was no longer there."
        ]
    );
    assert_eq!((made[0].0, made[0].1, made[1].1), (0, made[1].0, 12_000));
    assert!((4000..4500).contains(&made[0].1), "times go by letters: {}", made[0].1);
}

#[test]
fn words_with_times_give_them_to_subtitles() {
    let word = |word: &str, start, end| Word { word: word.into(), start, end, probability: 1.0 };
    let long = " extraordinarily";
    let words: Vec<_> = (0..8).map(|i| word(long, f64::from(i) * 2.0, f64::from(i) * 2.0 + 0.5)).collect();
    let timed = Segment { words, ..segment(0.0, 30.0, &long.repeat(8)) };
    let made = made(std::slice::from_ref(&timed));
    assert_eq!(made.len(), 2);
    assert_eq!((made[0].0, made[0].1), (0, 6500));
    assert_eq!((made[1].0, made[1].1), (8000, 14_500));
    // An edited text has no words any more.
    let edited = Segment { text: " something else".into(), ..timed };
    assert_eq!(cues(&[edited], &LineRules::default())[0].text(), "something else");
}

#[test]
fn chinese_and_japanese_break_without_spaces_but_not_before_a_stop() {
    let text = "昨日は友達と一緒に海へ行きました。とても楽しかったので、来年もまた行きたいと思います。";
    let cues = cues(&[segment(0.0, 9.0, text)], &LineRules { columns: 24, ..LineRules::default() });
    keeps_the_rules(&cues, &LineRules { columns: 24, ..LineRules::default() });
    let lines: Vec<_> =
        cues.iter().flat_map(|cue| cue.text().lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert_eq!(lines.concat(), text);
    assert!(lines.iter().all(|line| !line.starts_with(['。', '、'])), "{lines:?}");
    assert!(cues[0].text().ends_with('。'), "{:?}", cues[0].text());
}

#[test]
fn no_line_is_too_long_whatever_is_said() {
    let texts = [
        "x".repeat(500),
        "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft ".repeat(3),
        "字".repeat(300),
        "mixed 混在した text テキスト and 한국어 ".repeat(9),
        "e\u{301}".repeat(200),
        "👩‍👩‍👧‍👦 ".repeat(60),
        "「".repeat(90),
        "。".repeat(90),
        "a ".repeat(400),
        "https://example.org/".to_owned() + &"a/".repeat(90),
        "สวัสดีครับ".repeat(20),
        "مرحبا بالعالم ".repeat(20),
    ];
    for columns in [1, 2, 7, 42, 1000] {
        for lines in [1, 2, 3] {
            let rules = LineRules { columns, lines, ..LineRules::default() };
            for text in &texts {
                let cues = cues(&[segment(0.0, 20.0, text)], &rules);
                keeps_the_rules(&cues, &rules);
                let said: String = cues.iter().map(Cue::text).collect();
                let letters = |text: &str| text.split_whitespace().collect::<String>();
                assert_eq!(letters(&said), letters(text), "nothing is lost");
            }
        }
    }
}

#[test]
fn what_is_short_stays_for_a_second_where_there_is_room() {
    assert_eq!(made(&[segment(1.0, 1.2, " Yes.")]), [(1000, 2000, "Yes.".into())]);
    let apart = [segment(1.0, 1.2, " Yes."), segment(1.8, 4.0, &" No".repeat(30))];
    assert_eq!(made(&apart)[0], (1000, 1800, "Yes.".into()), "the next one is too long to be joined");
    let joined = [segment(1.0, 1.2, " Yes."), segment(1.3, 1.5, " No."), segment(1.6, 4.0, " Perhaps.")];
    assert_eq!(made(&joined), [(1000, 4000, "Yes. No. Perhaps.".into())]);
    let speaker = |name: &str| Some(name.to_owned());
    let by_two = [
        Segment { speaker: speaker("A"), ..segment(1.0, 1.2, " Yes.") },
        Segment { speaker: speaker("B"), ..segment(1.3, 1.5, " No.") },
    ];
    assert_eq!(made(&by_two), [(1000, 1300, "Yes.".into()), (1300, 2300, "No.".into())]);
}

#[test]
fn none_is_empty_backward_or_over_another() {
    let times = |segments: &[(f64, f64, &str)]| {
        let segments: Vec<_> = segments.iter().map(|&(start, end, text)| segment(start, end, text)).collect();
        made(&segments).iter().map(|(start, end, _)| (*start, *end)).collect::<Vec<_>>()
    };
    assert_eq!(times(&[(0.0, 1.0, ""), (1.0, 2.0, " \n ")]), []);
    assert_eq!(times(&[(1.0, 1.0, "a")]), [(1000, 2000)]);
    assert_eq!(times(&[(2.0, 1.0, "a")]), [(2000, 3000)]);
    assert_eq!(times(&[(0.0, 2.0, "a"), (1.5, 3.0, "b")]), [(0, 1500), (1500, 3000)]);
    // One who speaks while another does.
    assert_eq!(
        times(&[(0.0, 6.0, "a"), (2.0, 3.0, "b"), (6.0, 9.0, "c")]),
        [(0, 2000), (2000, 3000), (6000, 9000)]
    );
    assert_eq!(times(&[(2.0, 4.0, "b"), (0.0, 2.0, "a")]), [(0, 2000), (2000, 4000)]);
    assert_eq!(times(&[(f64::NAN, f64::NAN, "a"), (f64::INFINITY, f64::MAX, "b")]), [(0, 1000)], "joined");
    assert_eq!(milliseconds(f64::INFINITY), 1 << 45);
}

#[test]
fn times_are_in_order_whatever_the_model_said() {
    let mut chance = Chance(7);
    let mut random = move || (chance.next() >> 11) as f64 / (1_u64 << 53) as f64;
    for _ in 0..300 {
        let segments: Vec<_> = (0..12)
            .map(|_| {
                let start = random() * 20.0;
                let text = " word".repeat((random() * 40.0) as usize);
                segment(start, start + random() * 8.0 - 1.0, &text)
            })
            .collect();
        let rules = LineRules::default();
        keeps_the_rules(&cues(&segments, &rules), &rules);
    }
}
