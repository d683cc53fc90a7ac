package sandbox

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"net/http"
	"path"
	"strings"
	"sync"
)

// media makes every picture from its address; see the package doc. Only the
// base pictures are drawn; each address adds a comment of its own to one.
type media struct {
	base string // the registry's address

	mu      sync.Mutex
	drawn   map[string][]byte
	fetched map[string]int
	from    map[string]int // counts at the last reset
}

func newMedia(base string) *media {
	return &media{base: base, drawn: make(map[string][]byte), fetched: make(map[string]int), from: make(map[string]int)}
}

func (m *media) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /media/{kind}/{name...}", func(w http.ResponseWriter, r *http.Request) {
		m.count("client")
		etag := fmt.Sprintf(`"%x"`, hashOf(r.URL.Path))
		if matches(r.Header.Get("If-None-Match"), etag) {
			w.Header().Set("ETag", etag)
			w.WriteHeader(http.StatusNotModified)
			return
		}
		picture, kind := m.picture(r.URL.Path)
		if picture == nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", etag)
		w.Header().Set("Cache-Control", "max-age=60")
		writeBody(w, http.StatusOK, kind, picture)
	})
	return mux
}

// fetch is what a marketplace does that takes pictures by address. It answers
// from memory, and fails for every address that is not the sandbox's own.
func (m *media) fetch(market, address string) error {
	m.count(market)
	p, ours := strings.CutPrefix(address, m.base)
	if !ours {
		return fmt.Errorf("%s: not reachable from the sandbox", address)
	}
	p, _, _ = strings.Cut(p, "?")
	if _, size := sizeOf(p); size == 0 {
		return fmt.Errorf("%s: Not Found", address)
	}
	return nil
}

func (m *media) count(who string) {
	m.mu.Lock()
	m.fetched[who]++
	m.mu.Unlock()
}

func (m *media) reset() {
	m.mu.Lock()
	m.from = maps.Clone(m.fetched)
	m.mu.Unlock()
}

// PictureFetches counts the pictures and scans fetched since the last
// ResetCounts: by "client" over HTTP, by "voso" and "lamdong" from memory.
func (s *Sandbox) PictureFetches() map[string]int {
	s.media.mu.Lock()
	defer s.media.mu.Unlock()
	out := make(map[string]int)
	for who, n := range s.media.fetched {
		out[who] = n - s.media.from[who]
	}
	return out
}

// PictureURL is the address of a picture that nobody else uses: a good one, or
// one of the folder "small", "missing" or "documents".
func (s *Sandbox) PictureURL(folder, name string) string {
	return s.media.base + "/media/" + folder + "/" + name
}

// sizeOf gives format and side of the picture at a path, 0 where there is none.
func sizeOf(p string) (format string, side int) {
	switch strings.ToLower(path.Ext(p)) {
	case ".jpg", ".jpeg":
		format = "jpeg"
	case ".png":
		format = "png"
	default:
		return "", 0
	}
	switch rest, _ := strings.CutPrefix(p, "/media/"); {
	case strings.HasPrefix(rest, "pictures/"), strings.HasPrefix(rest, "documents/"):
		return format, 600
	case strings.HasPrefix(rest, "small/"):
		return format, 300
	}
	return "", 0
}

// picture gives the bytes at a path, nil where there are none.
func (m *media) picture(p string) ([]byte, string) {
	format, side := sizeOf(p)
	if side == 0 {
		return nil, ""
	}
	base := m.draw(format, side, int(hashOf(p)%8))
	if format == "png" {
		return tagPNG(base, p), "image/png"
	}
	return tagJPEG(base, p), "image/jpeg"
}

// draw makes one of eight base pictures, once.
func (m *media) draw(format string, side, which int) []byte {
	key := fmt.Sprint(format, side, which)
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.drawn[key]; b != nil {
		return b
	}
	colours := color.Palette{
		color.RGBA{R: uint8(40 + 25*which), G: 140, B: uint8(200 - 20*which), A: 255},
		color.RGBA{R: 250, G: 245, B: uint8(150 + 10*which), A: 255},
	}
	picture := image.NewPaletted(image.Rect(0, 0, side, side), colours)
	for y := side / 4; y < side*3/4; y++ {
		for x := side / 4; x < side*3/4; x++ {
			picture.SetColorIndex(x, y, 1)
		}
	}
	var b bytes.Buffer
	var err error
	if format == "png" {
		err = png.Encode(&b, picture)
	} else {
		err = jpeg.Encode(&b, picture, &jpeg.Options{Quality: 40})
	}
	if err != nil {
		panic("sandbox: " + err.Error()) // a buffer does not fail
	}
	m.drawn[key] = b.Bytes()
	return b.Bytes()
}

// tagJPEG puts a comment behind the start-of-image marker.
func tagJPEG(base []byte, text string) []byte {
	out := make([]byte, 0, len(base)+len(text)+4)
	out = append(out, base[:2]...)
	out = append(out, 0xFF, 0xFE)
	out = binary.BigEndian.AppendUint16(out, uint16(len(text)+2))
	out = append(out, text...)
	return append(out, base[2:]...)
}

// tagPNG puts a tEXt chunk behind the header, which is 33 bytes long.
func tagPNG(base []byte, text string) []byte {
	const header = 33
	chunk := append([]byte("tEXtComment\x00"), text...)
	out := append(make([]byte, 0, len(base)+len(chunk)+8), base[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, base[header:]...)
}

func hashOf(text string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text))
	return h.Sum64()
}
