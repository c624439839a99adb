//! Pages, read by a parser that takes nothing which the format does not allow, and by Prometheus' own.

use super::{About, page};
use hark_engine::encoder::{BackendInfo, BackendKind, Precision};
use hark_engine::metrics::Figures;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

/// Labels in the order in which they stand.
type Labels = Vec<(String, String)>;

#[derive(Debug)]
struct Family {
    kind: String,
    samples: Vec<(String, Labels, f64)>,
}

impl Family {
    /// The samples of a part (`_bucket`, say), by their labels other than `apart`.
    fn part(&self, name: &str, apart: &str) -> BTreeMap<Labels, Vec<(String, f64)>> {
        let mut found: BTreeMap<Labels, Vec<(String, f64)>> = BTreeMap::new();
        for (_, labels, value) in self.samples.iter().filter(|(of, ..)| of == name) {
            let (own, rest): (Labels, Labels) = labels.iter().cloned().partition(|(label, _)| label == apart);
            let own = own.into_iter().next().map(|(_, value)| value).unwrap_or_default();
            found.entry(rest).or_default().push((own, *value));
        }
        found
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Reads `label="value",…}` and gives what comes behind.
fn labels(mut text: &str) -> (Labels, &str) {
    let mut found = Labels::new();
    loop {
        let (name, rest) = text.split_once("=\"").expect("a label's name");
        assert!(is_name(name) && found.iter().all(|(known, _)| known != name), "{name}");
        let (mut value, mut chars) = (String::new(), rest.chars());
        loop {
            match chars.next().expect("the end of a label's value") {
                '"' => break,
                '\\' => value.push(match chars.next() {
                    Some('n') => '\n',
                    Some(c @ ('"' | '\\')) => c,
                    other => panic!("no such escape: {other:?}"),
                }),
                c => value.push(c),
            }
        }
        found.push((name.to_owned(), value));
        text = chars.as_str();
        if let Some(rest) = text.strip_prefix('}') {
            return (found, rest);
        }
        text = text.strip_prefix(',').expect("a comma between labels");
    }
}

/// A page's families, each of which has its help, its type and its samples in one place.
fn read(page: &str) -> BTreeMap<String, Family> {
    assert!(page.ends_with('\n') && !page.contains("\n\n") && !page.contains('\r'));
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let (mut name, mut helped) = (String::new(), String::new());
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (of, text) = help.split_once(' ').expect("a help text");
            assert!(is_name(of) && text.ends_with('.') && !text.contains("  "), "{line}");
            helped = of.into();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (of, kind) = kind.split_once(' ').expect("a type");
            assert!(["counter", "gauge", "histogram", "summary"].contains(&kind), "{line}");
            assert_eq!(of, helped, "help and type stand together");
            assert_eq!(of.ends_with("_total"), kind == "counter", "{line}");
            let family = Family { kind: kind.into(), samples: Vec::new() };
            assert!(families.insert(of.into(), family).is_none(), "{of} stands there twice");
            name = of.into();
        } else {
            let end = line.find(['{', ' ']).expect("a sample");
            let (of, rest) = line.split_at(end);
            let part = of.strip_prefix(&*name).expect("a sample of the family at hand");
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => labels(rest),
                None => (Labels::new(), rest),
            };
            let family = families.get_mut(&name).expect("a type before the samples");
            let parts: &[&str] = match &*family.kind {
                "histogram" => &["_bucket", "_sum", "_count"],
                "summary" => &["", "_sum", "_count"],
                _ => &[""],
            };
            assert!(parts.contains(&part), "{line}");
            let value: f64 = value.strip_prefix(' ').and_then(|value| value.parse().ok()).expect("a number");
            assert!(family.kind != "counter" || value >= 0.0 && value.is_finite(), "{line}");
            let same = |(known, with, _): &&(String, Labels, f64)| known == of && *with == labels;
            assert!(family.samples.iter().find(same).is_none(), "{line} stands there twice");
            family.samples.push((of.into(), labels, value));
        }
    }
    families.iter().filter(|(_, family)| family.kind == "histogram").for_each(|(name, family)| {
        check_histogram(name, family);
    });
    assert!(families.values().all(|family| !family.samples.is_empty()));
    families
}

/// Bounds and counts grow, the last bound is infinite, and its count is that of all.
fn check_histogram(name: &str, family: &Family) {
    let [buckets, sums, counts] = [("_bucket", "le"), ("_sum", ""), ("_count", "")]
        .map(|(part, apart)| family.part(&format!("{name}{part}"), apart));
    assert!(!buckets.is_empty() && buckets.len() == sums.len() && sums.len() == counts.len());
    for (labels, buckets) in buckets {
        let bounds: Vec<f64> = buckets.iter().map(|(bound, _)| bound.parse().unwrap()).collect();
        assert!(bounds.is_sorted_by(|a, b| a < b), "{bounds:?}");
        assert!(buckets.is_sorted_by(|(_, a), (_, b)| a <= b), "{buckets:?}");
        let (last, count) = buckets.last().unwrap();
        assert_eq!((&**last, *count), ("+Inf", counts[&labels][0].1));
        assert!(sums[&labels][0].1 >= 0.0);
    }
}

fn busy() -> Figures {
    let mut figures = Figures::default();
    [0.000_1, 0.003, 0.003, 0.2, 1000.0].into_iter().for_each(|time| figures.step.note(time));
    figures.batch_sizes = vec![5, 0, 0, 2];
    (figures.windows, figures.admitted, figures.finished) = (7, 9, 3);
    (figures.failed, figures.cancelled, figures.refused) = (1, 2, 4);
    figures
}

fn backend(name: &str) -> BackendInfo {
    BackendInfo { kind: BackendKind::Cpu, name: name.into(), precision: Precision::Int8, threads: 2 }
}

#[test]
fn a_page_says_what_the_figures_say() {
    let (figures, backend) = (busy(), backend("CPU"));
    let model = "mine \"the\nbest\\one\"";
    let families = read(&page(&figures, About { model: Some((model, &backend)), npu: None }));
    let value = |name: &str, labels: &[(&str, &str)]| {
        let labels: Labels = labels.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let family = families.iter().find(|(family, _)| name.starts_with(&***family)).expect(name).1;
        family.samples.iter().find(|(of, with, _)| of == name && *with == labels).expect(name).2
    };
    assert_eq!(value("hark_jobs_under_way", &[]), 3.0);
    assert_eq!(value("hark_jobs_ended_total", &[("outcome", "cancelled")]), 2.0);
    assert_eq!(value("hark_jobs_refused_total", &[]), 4.0);
    assert_eq!(value("hark_batch_windows_bucket", &[("le", "3")]), 5.0);
    assert_eq!(value("hark_batch_windows_sum", &[]), 13.0);
    let step = |le| value("hark_stage_seconds_bucket", &[("stage", "step"), ("le", le)]);
    assert_eq!(
        ["0.000128", "0.002048", "0.004096", "134.217728", "+Inf"].map(step),
        [1.0, 1.0, 3.0, 4.0, 5.0]
    );
    let median = value("hark_stage_quantiles_seconds", &[("stage", "step"), ("quantile", "0.5")]);
    assert!((0.003..0.0033).contains(&median), "{median}");
    assert!(value("hark_stage_quantiles_seconds", &[("stage", "mel"), ("quantile", "0.99")]).is_nan());
    let labels = [("model", model), ("backend", "CPU"), ("precision", "int8"), ("threads", "2")];
    assert_eq!(value("hark_model_info", &labels), 1.0);
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let families = read(&page(&Figures::default(), About::default()));
    assert_eq!(families["hark_windows_total"].samples[0].2, 0.0);
    assert!(!families.contains_key("hark_model_info") && !families.contains_key("hark_npu_windows_total"));
}

#[test]
fn prometheus_has_nothing_to_say_against_a_page() {
    let mut promtool = match Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(promtool) => promtool,
        Err(error) => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: prometheus_has_nothing_to_say_against_a_page: promtool cannot be started: {error}"
            );
            return;
        }
    };
    let backend = backend("CPU");
    let page = page(&busy(), About { model: Some(("demo", &backend)), npu: None });
    promtool.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && said.is_empty(), "{}", String::from_utf8_lossy(&said));
}
