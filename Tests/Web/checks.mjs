// Checks by name; the exit code is 1 when one fails.
export async function check(name, body) {
  try {
    const note = await body();
    console.log(`  ${name}${note === undefined ? "" : `: ${note}`}`);
  } catch (problem) {
    process.exitCode = 1;
    console.log(`  FAILED ${name}: ${problem.stack ?? problem}`);
  }
}
