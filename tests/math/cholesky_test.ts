import { assertEquals } from "@std/assert";
import { cholesky } from "../../lib/math/cholesky.ts";
import { assertClose, randomNumbers } from "../testing/check_op.ts";

Deno.test("cholesky() gives back the matrix as L·Lᵀ", () => {
  const n = 7;
  const b = randomNumbers(n * 12, 5);
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < 12; k++) a[i * n + j]! += b[i * 12 + k]! * b[j * 12 + k]!;
    }
  }
  const l = cholesky(a, n, 0)!;
  const product = a.map((_, at) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += l[Math.floor(at / n) * n + k]! * l[(at % n) * n + k]!;
    return sum;
  });
  assertClose(product, a, 1e-14, "L·Lᵀ");
});

Deno.test("cholesky() is null when the matrix is not positive definite", () => {
  assertEquals(cholesky([1, 2, 2, 1], 2), null);
  assertEquals(cholesky([0], 1), null);
  assertEquals(cholesky([NaN], 1), null);
});
