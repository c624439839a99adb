//! What must not compile. Each case is the same code twice: with what is allowed it compiles, with what is refused it
//! does not, so that nothing else can be the reason.

/// `$code` is the compiler's number of the error, which rustdoc checks where it is let (nightly).
macro_rules! case {
    ($name:ident, $code:literal, given $given:literal, allowed $allowed:literal, refused $refused:literal) => {
        #[doc = concat!("```no_run\n", prelude!(), $given, $allowed, end!(), "\n```")]
        #[doc = concat!("```compile_fail,", $code, "\n", prelude!(), $given, $refused, end!(), "\n```")]
        mod $name {}
    };
}

/// Opens everything that the cases need.
macro_rules! prelude {
    () => {
        "# use hark_xdna::*;
# use std::time::Duration;
# fn main() -> Result<(), Box<dyn std::error::Error>> {
let library = Library::open(\"libhark_nx_xrt.so\".as_ref())?;
let device = library.device(0)?;
let xclbin = device.xclbin(&std::fs::read(\"hark.xclbin\")?)?;
let context = device.context(&xclbin, &[])?;
let second = Duration::from_secs(1);
"
    };
}

macro_rules! end {
    () => {
        "\n# Ok(())\n# }"
    };
}

case!(
    a_buffer_cannot_outlive_its_context, "E0505",
    given "let buffer = context.buffer(4096, BufferKind::Data, 0)?;\n",
    allowed "buffer.bytes()?; drop(buffer); drop(context);",
    refused "drop(context); buffer.bytes()?;"
);
case!(
    a_kernel_cannot_outlive_its_context, "E0505",
    given "let kernel = context.kernel(\"MLIR_AIE\")?;\n",
    allowed "kernel.group(3)?; drop(kernel); drop(context);",
    refused "drop(context); kernel.group(3)?;"
);
case!(
    a_run_cannot_outlive_its_context, "E0505",
    given "let mut run = context.kernel(\"MLIR_AIE\")?.run()?;\n",
    allowed "run.set_u32(2, 1)?; drop(run); drop(context);",
    refused "drop(context); run.set_u32(2, 1)?;"
);
case!(
    a_list_cannot_outlive_its_context, "E0505",
    given "let list = context.run_list()?;\n",
    allowed "list.len(); drop(list); drop(context);",
    refused "drop(context); list.len();"
);
case!(
    what_a_pool_gave_cannot_outlive_the_context, "E0505",
    given "let buffer = context.pool().take(4096, BufferKind::Data, 0)?;\n",
    allowed "buffer.bytes()?; drop(buffer); drop(context);",
    refused "drop(context); buffer.bytes()?;"
);
case!(
    bytes_cannot_outlive_their_buffer, "E0505",
    given "let buffer = context.buffer(4096, BufferKind::Data, 0)?; let bytes = buffer.bytes()?;\n",
    allowed "assert_eq!(bytes[0], 0); drop(buffer);",
    refused "drop(buffer); assert_eq!(bytes[0], 0);"
);
case!(
    the_buffer_of_a_running_run_cannot_be_written, "E0499",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           run.set_buffer(3, &buffer)?;
           let started = run.start([&mut buffer])?;\n",
    allowed "started.wait(second)?; buffer.bytes_mut()?[0] = 1;",
    refused "buffer.bytes_mut()?[0] = 1; started.wait(second)?;"
);
case!(
    the_buffer_of_a_running_run_cannot_be_read, "E0502",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           run.set_buffer(3, &buffer)?;
           let started = run.start([&mut buffer])?;\n",
    allowed "started.wait(second)?; buffer.bytes()?;",
    refused "buffer.bytes()?; started.wait(second)?;"
);
case!(
    the_buffer_of_a_running_run_cannot_be_synchronised, "E0499",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           run.set_buffer(3, &buffer)?;
           let started = run.start([&mut buffer])?;\n",
    allowed "started.wait(second)?; buffer.sync(Direction::FromDevice, 0..4096)?;",
    refused "buffer.sync(Direction::FromDevice, 0..4096)?; started.wait(second)?;"
);
case!(
    the_buffer_of_a_running_run_cannot_be_freed, "E0505",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           run.set_buffer(3, &buffer)?;
           let started = run.start([&mut buffer])?;\n",
    allowed "started.wait(second)?; drop(buffer);",
    refused "drop(buffer); started.wait(second)?;"
);
case!(
    bytes_cannot_be_held_while_a_run_writes_them, "E0502",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           run.set_buffer(3, &buffer)?;
           let bytes = buffer.bytes()?;\n",
    allowed "assert_eq!(bytes[0], 0); run.start([&mut buffer])?.wait(second)?;",
    refused "run.start([&mut buffer])?.wait(second)?; assert_eq!(bytes[0], 0);"
);
case!(
    a_running_run_cannot_be_changed, "E0499",
    given "let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           let started = run.start([])?;\n",
    allowed "started.wait(second)?; run.set_u32(2, 1)?;",
    refused "run.set_u32(2, 1)?; started.wait(second)?;"
);
case!(
    a_running_run_cannot_be_started, "E0499",
    given "let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           let started = run.start([])?;\n",
    allowed "started.wait(second)?; run.start([])?.wait(second)?;",
    refused "run.start([])?.wait(second)?; started.wait(second)?;"
);
case!(
    a_run_is_waited_for_once, "E0382",
    given "let mut run = context.kernel(\"MLIR_AIE\")?.run()?;
           let started = run.start([])?;\n",
    allowed "started.wait(second)?;",
    refused "started.wait(second)?; started.wait(second)?;"
);
case!(
    a_buffer_is_handed_over_once, "E0499",
    given "let mut one = context.buffer(4096, BufferKind::Data, 0)?;
           let mut other = context.buffer(4096, BufferKind::Data, 0)?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;\n",
    allowed "run.start([&mut one, &mut other])?.wait(second)?;",
    refused "run.start([&mut one, &mut one])?.wait(second)?;"
);
case!(
    a_run_in_a_list_cannot_be_changed, "E0382",
    given "let mut list = context.run_list()?;
           let mut run = context.kernel(\"MLIR_AIE\")?.run()?;\n",
    allowed "run.set_u32(2, 1)?; list.add(run)?;",
    refused "list.add(run)?; run.set_u32(2, 1)?;"
);
case!(
    the_buffer_of_an_executing_list_cannot_be_written, "E0499",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?;
           let mut list = context.run_list()?;
           let executing = list.execute([&mut buffer])?;\n",
    allowed "executing.wait(second)?; buffer.bytes_mut()?[0] = 1;",
    refused "buffer.bytes_mut()?[0] = 1; executing.wait(second)?;"
);
case!(
    an_executing_list_cannot_be_changed, "E0499",
    given "let mut list = context.run_list()?;
           let run = context.kernel(\"MLIR_AIE\")?.run()?;
           let executing = list.execute([])?;\n",
    allowed "executing.wait(second)?; list.add(run)?;",
    refused "list.add(run)?; executing.wait(second)?;"
);
case!(
    what_is_resident_cannot_be_written, "E0382",
    given "let mut weights = context.buffer(4096, BufferKind::Data, 0)?;\n",
    allowed "weights.bytes_mut()?[0] = 1; weights.into_resident()?;",
    refused "weights.into_resident()?; weights.bytes_mut()?[0] = 1;"
);
case!(
    a_part_is_no_second_way_to_the_bytes, "E0599",
    given "let mut buffer = context.buffer(4096, BufferKind::Data, 0)?; let part = buffer.sub(0..64)?;\n",
    allowed "buffer.bytes_mut()?[part.range()].fill(1);",
    refused "part.bytes_mut()?.fill(1);"
);
