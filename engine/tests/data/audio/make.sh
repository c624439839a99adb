#!/bin/sh
# Remakes the small encoded files of this folder from a sample clip, with ffmpeg (made with 5.1).
# The clip is synthetic speech (flite's rms voice) from assets/demo/samples; see its manifest.
set -eu
cd "$(dirname "$0")"
CLIP=../../../../assets/demo/samples/short26.wav
OTHER=../../../../assets/demo/samples/short16.wav
FF="ffmpeg -nostdin -v error -y -bitexact"
BITEXACT="-fflags +bitexact -flags:a +bitexact -map_metadata -1"

# All others are compared with the first seconds of the clip: 16 kHz, 16 bits, mono.
$FF -i "$CLIP" -t 2 $BITEXACT -c:a pcm_s16le original.wav
trap 'rm -f original.wav' EXIT
SRC="-i original.wav"

# Uncompressed and lossless. Where the rate is 16 kHz and nothing is lost, samples must be equal.
$FF $SRC -t 0.8 $BITEXACT -c:a pcm_u8 -ar 16000 u8.wav
$FF $SRC -t 0.5 $BITEXACT -c:a pcm_s24le s24.wav
$FF $SRC -t 0.4 $BITEXACT -c:a pcm_f32le f32.wav
$FF $SRC $BITEXACT -c:a pcm_mulaw -ar 8000 mulaw-8k.wav
$FF $SRC $BITEXACT -c:a adpcm_ima_wav -ar 22050 adpcm-22k.wav
$FF $SRC -t 0.8 $BITEXACT -c:a pcm_s16be s16.aiff
$FF $SRC -t 0.8 $BITEXACT -c:a pcm_s16le s16.caf
$FF $SRC -t 1 $BITEXACT -metadata_header_padding 0 -c:a flac -sample_fmt s16 mono.flac
# 5.1: one voice in the centre, silence in the other five channels; mixed down, a sixth is left.
$FF $SRC -t 1 $BITEXACT -af "pan=5.1|FC=c0" -metadata_header_padding 0 -c:a flac -sample_fmt s16 surround.flac
$FF $SRC -t 1 $BITEXACT -c:a alac -sample_fmt s16p -movflags +faststart alac.m4a

# Lossy.
$FF $SRC $BITEXACT -c:a libmp3lame -ar 44100 -ac 2 -b:a 64k stereo-44k.mp3
$FF $SRC $BITEXACT -c:a libvorbis -ar 44100 -ac 2 -q:a 1 stereo-44k.ogg
$FF $SRC $BITEXACT -c:a libopus -b:a 32k mono.opus
$FF $SRC $BITEXACT -c:a aac -ar 44100 -b:a 64k -movflags +faststart aac.m4a
$FF $SRC $BITEXACT -c:a aac -ar 48000 -b:a 64k -f adts adts.aac
$FF $SRC $BITEXACT -c:a libopus -b:a 32k opus.webm
$FF $SRC -f lavfi -i color=c=gray:s=32x32:r=5:d=2 -map 1:v -map 0:a $BITEXACT \
    -c:v mpeg4 -c:a aac -ar 44100 -b:a 48k -movflags +faststart video.mp4
# Two tracks: the first is this clip, the second other speech in another language.
$FF $SRC -i "$OTHER" -map 0:a -map 1:a -t 2 $BITEXACT -c:a libopus -b:a 24k \
    -metadata:s:a:0 language=eng -metadata:s:a:1 language=ger two-tracks.mkv

# For mutation: whole files of few kilobytes.
$FF $SRC -t 0.2 $BITEXACT -metadata_header_padding 0 -c:a flac -sample_fmt s16 -frame_size 512 tiny.flac
$FF $SRC -t 0.12 $BITEXACT -c:a pcm_s16le tiny.caf
$FF $SRC -t 0.3 $BITEXACT -c:a libvorbis -q:a 0 tiny.ogg
$FF $SRC -t 0.3 $BITEXACT -c:a libopus -b:a 16k tiny.opus
