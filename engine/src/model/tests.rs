use super::*;

#[test]
fn the_demo_model_loads_and_its_widenings_have_real_shapes() {
    let demo = Model::load(&ModelSpec::Demo).unwrap();
    assert_eq!((demo.dims.n_audio_state, demo.dims.n_text_layer, demo.dims.n_vocab), (192, 4, 51_864));
    assert_eq!(demo.tokenizer.special.eot, 50_256);
    assert_eq!(
        demo.tokenizer.decode(&demo.tokenizer.encode(" Hello there, it's $25.")),
        " Hello there, it's $25."
    );
    assert_eq!(demo.alignment_heads.len(), 6);

    let tiny = Model::load(&ModelSpec::DemoTiny).unwrap();
    assert_eq!((tiny.dims.n_audio_state, tiny.dims.n_audio_head, tiny.dims.n_text_layer), (384, 6, 4));
    let (narrow, wide) = (&demo.encoder.blocks[1].attn.key, &tiny.encoder.blocks[1].attn.key);
    assert_eq!((wide.out, wide.inp), (384, 384));
    assert_eq!(wide.weight[(192 + 5) * 384 + 192 + 7], narrow.weight[5 * 192 + 7] / 2.0);
    assert_eq!(wide.weight[5 * 384 + 7], wide.weight[(192 + 5) * 384 + 7]);
}
