// The reading end of a stream of events, as a browser reads it.
export async function openEvents(client, { lastEventId } = {}) {
  const abort = new AbortController();
  const cookie = [...client.cookies].map(([k, v]) => `${k}=${v}`).join('; ');
  const headers = { accept: 'text/event-stream', cookie, ...(lastEventId ? { 'last-event-id': lastEventId } : {}) };
  const response = await fetch(`${client.base}/api/v1/events`, { headers, signal: abort.signal });
  const heard = [];
  let ended = false;
  const waiting = new Set();
  const look = () => waiting.forEach((one) => one());
  const reading = (async () => {
    let text = '';
    try {
      for await (const chunk of response.body) {
        text += Buffer.from(chunk).toString('utf8');
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const fields = Object.fromEntries(text.slice(0, end).split('\n').filter((line) => line.includes(': ')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
          text = text.slice(end + 2);
          if (fields.event) heard.push({ name: fields.event, id: fields.id, ...JSON.parse(fields.data) });
        }
        look();
      }
    } catch {
      // Cut, by the server or by close().
    }
    ended = true;
    look();
  })();
  return {
    status: response.status,
    headers: response.headers,
    heard,
    ended: () => reading,
    /** The first event that `fits`; an error when the stream ends before. */
    until: (fits) =>
      new Promise((found, lost) => {
        const check = () => {
          const hit = heard.find(fits);
          if (!hit && !ended) return;
          waiting.delete(check);
          if (hit) found(hit);
          else lost(new Error(`the stream ended; heard ${JSON.stringify(heard)}`));
        };
        waiting.add(check);
        check();
      }),
    async close() {
      abort.abort();
      await reading;
    }
  };
}
