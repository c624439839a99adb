#![allow(unsafe_code)]
use hark_engine::decoder::*;
use hark_engine::encoder::*;
use hark_engine::model::*;
use hark_engine::*;
#[repr(C)]
struct Ts { s: i64, n: i64 }
unsafe extern "C" { fn clock_gettime(id: i32, t: *mut Ts) -> i32; }
struct Instant(f64);
struct El(f64);
impl El { fn as_secs_f64(&self) -> f64 { self.0 } }
fn cpu() -> f64 { let mut t = Ts { s: 0, n: 0 }; unsafe { clock_gettime(1, &mut t); } t.s as f64 + t.n as f64 * 1e-9 }
impl Instant { fn now() -> Self { Self(cpu()) } fn elapsed(&self) -> El { El(cpu() - self.0) } }
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let model = Model::load(&ModelSpec::parse(&a[1])).unwrap();
    let (threads, precision, batch, n): (usize, Precision, usize, u32) =
        (a[2].parse().unwrap(), a[3].parse().unwrap(), a[4].parse().unwrap(), a[5].parse().unwrap());
    let workers = Workers::new(threads);
    let d = Decoder::new(&model, &workers, precision).unwrap();
    let state = model.dims.n_audio_state;
    let enc = EncoderOutput {
        positions: 1500,
        state,
        data: (0..1500 * state).map(|i| ((i * 7919 % 1009) as f32 - 504.0) / 504.0).collect(),
    };
    let c = Cancel::new();
    let crosses: Vec<_> = (0..batch).map(|_| d.cross_kv(&enc, &c).unwrap()).collect();
    let mut times = vec![];
    for _ in 0..n / 100 {
        let mut caches: Vec<_> = (0..batch).map(|_| d.cache()).collect();
        for i in 0..100u32 {
            let tokens = vec![1000 + i; batch];
            let t = Instant::now();
            let mut seqs: Vec<_> =
                caches.iter_mut().zip(&crosses).map(|(cache, cross)| Sequence { cross, cache }).collect();
            std::hint::black_box(d.step_many(&mut seqs, &tokens, &c).unwrap());
            times.push(t.elapsed().as_secs_f64() * 1e3);
        }
    }
    times.sort_by(f64::total_cmp);
    println!(
        "batch {batch} threads {threads}: min {:.3} p25 {:.3} median {:.3} ms",
        times[0],
        times[times.len() / 4],
        times[times.len() / 2]
    );
}
