package market

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

func colourJPEG(t testing.TB, w, h int) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, w, h))
	picture.Set(w/2, h/2, color.RGBA{R: 200, A: 255})
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOrdinaryJPEG(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{"colour": colourJPEG(t, 640, 480), "grey": jpegOf(t, 640, 480)} {
		width, height, ok := ordinaryJPEG(body)
		if width != 640 || height != 480 || !ok {
			t.Errorf("%s: %d x %d, %v", name, width, height, ok)
		}
		for cut := range 20 {
			if _, _, ok := ordinaryJPEG(body[:cut]); ok {
				t.Errorf("%s: cut after %d bytes it is taken for whole", name, cut)
			}
		}
	}
}

// FuzzOrdinaryJPEG holds the short way against the library's.
func FuzzOrdinaryJPEG(f *testing.F) {
	f.Add(colourJPEG(f, 600, 500))
	f.Add([]byte("\xff\xd8\xff\xfe\x00\x05abc\xff\xc0\x00\x0b\x08\x02\x58\x02\x58\x01\x01\x11\x00\xff\xda\x00\x02"))
	f.Fuzz(func(t *testing.T, body []byte) {
		width, height, ok := ordinaryJPEG(body)
		if !ok {
			return
		}
		c, err := jpeg.DecodeConfig(bytes.NewReader(body))
		if err != nil || c.Width != width || c.Height != height {
			t.Fatalf("%d x %d where the library says %d x %d, %v", width, height, c.Width, c.Height, err)
		}
	})
}
