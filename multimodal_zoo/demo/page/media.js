// Pictures and sounds in the formats that the networks read: PNG, JPEG, GIF, BMP; 16-bit PCM WAV.

const READ_BY_NETWORKS = ["image/jpeg", "image/png", "image/gif", "image/bmp"];

// A picture as it is, or as PNG if only the browser can read it; what it cannot read either stays for the server to refuse.
export async function asPicture(file) {
  if (READ_BY_NETWORKS.includes(file.type)) return file;
  try {
    const picture = await createImageBitmap(file);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").drawImage(picture, 0, 0);
    return new File([await canvas.convertToBlob({ type: "image/png" })], `${file.name}.png`);
  } catch {
    return file;
  }
}

// A sound as it is, or as WAV if only the browser can read it.
export async function asWav(file) {
  const bytes = await file.arrayBuffer();
  if (isPcm16(bytes)) return file;
  const context = new AudioContext();
  try {
    return new File([wavBytes(await context.decodeAudioData(bytes))], "sound.wav", { type: "audio/wav" });
  } catch {
    return file;
  } finally {
    context.close();
  }
}

// Begin to record; what comes back ends it and gives the sound.
export async function record() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recording = new MediaRecorder(stream);
  const pieces = [];
  recording.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recording.start();
  return () => new Promise((resolve) => {
    recording.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      resolve(new File(pieces, "recording", { type: recording.mimeType }));
    });
    recording.stop();
  });
}

function text(view, start) {
  return String.fromCharCode(...[0, 1, 2, 3].map((place) => view.getUint8(start + place)));
}

// RIFF, WAVE, and a format chunk at its usual place that says PCM of 16 bits.
function isPcm16(bytes) {
  const view = new DataView(bytes);
  return bytes.byteLength >= 44 && text(view, 0) === "RIFF" && text(view, 8) === "WAVE" && text(view, 12) === "fmt "
    && view.getUint16(20, true) === 1 && view.getUint16(34, true) === 16;
}

// The mean of the channels of an AudioBuffer as the bytes of a WAV file.
function wavBytes(sound) {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, place) => sound.getChannelData(place));
  const view = new DataView(new ArrayBuffer(44 + 2 * sound.length));
  const write = (start, word) => [...word].forEach((c, place) => view.setUint8(start + place, c.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * sound.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sound.sampleRate, true);
  view.setUint32(28, 2 * sound.sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * sound.length, true);
  for (let place = 0; place < sound.length; place += 1) {
    const mean = channels.reduce((sum, one) => sum + one[place], 0) / channels.length;
    view.setInt16(44 + 2 * place, Math.max(-1, Math.min(1, mean)) * 32767, true);
  }
  return view.buffer;
}
