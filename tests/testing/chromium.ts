/**
 * Runs scripts in a page of Chromium, whose WebGPU is SwiftShader's. Needs a `chromium` on PATH.
 *
 * @module
 */

/** Milliseconds without a word from the page after which it counts as hung. */
const PATIENCE_MS = 90_000;

/** What gives Chromium WebGPU on any machine. */
export const CHROMIUM_WEBGPU: readonly string[] = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-webgpu-adapter=swiftshader",
];

/** Whether there is a Chromium. */
export const HAS_CHROMIUM: boolean = await hasChromium();

async function hasChromium(): Promise<boolean> {
  try {
    return (await new Deno.Command("chromium", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
}

/**
 * Runs the body of an asynchronous function in a page and gives what it returns, by JSON. A long
 * one says with `await alive()` that it goes on.
 *
 * @param answer What the page's own server answers to the page's other requests.
 * @throws {Error} what the script throws, or if nothing comes.
 */
export async function runInChromium(
  script: string,
  answer: (request: Request, pathname: string) => Response | Promise<Response>,
): Promise<unknown> {
  const ended = Promise.withResolvers<{ value?: unknown; error?: string }>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => ended.resolve({ error: "Chromium did not report" }), PATIENCE_MS);
    return new Response();
  };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/") {
        const page = `<script type="module">${inPage(script)}</script>`;
        return new Response(page, { headers: { "content-type": "text/html" } });
      }
      if (pathname === "/alive") return wait();
      if (pathname !== "/ended") return await answer(request, pathname);
      ended.resolve(await request.json());
      return new Response();
    },
  );
  const profile = await Deno.makeTempDir();
  const browser = new Deno.Command("chromium", {
    args: [
      "--headless=new",
      "--no-sandbox",
      ...CHROMIUM_WEBGPU,
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  wait();
  try {
    const { value, error } = await ended.promise;
    if (error !== undefined) throw new Error(error);
    return value;
  } finally {
    clearTimeout(timer);
    browser.kill();
    await browser.status;
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
}

/**
 * Runs the body of an asynchronous function beside a page that is shown `width` pixels wide, as the
 * document of `frame`.
 */
export async function runBesidePage(html: string, width: number, script: string): Promise<unknown> {
  return await runInChromium(
    `const frame = document.createElement("iframe");
    Object.assign(frame.style, { width: "${width}px", height: "800px", border: "0" });
    frame.src = "/page.html";
    const loaded = new Promise((resolve) => frame.onload = resolve);
    document.documentElement.append(frame);
    await loaded;
    ${script}`,
    () => new Response(html, { headers: { "content-type": "text/html" } }),
  );
}

function inPage(script: string): string {
  return `
    const end = (body) => fetch("/ended", { method: "POST", body: JSON.stringify(body) });
    const alive = () => fetch("/alive");
    try {
      await end({ value: await (async () => { ${script} })() });
    } catch (error) {
      await end({ error: String(error) });
    }
  `;
}
