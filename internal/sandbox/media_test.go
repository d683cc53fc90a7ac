package sandbox

import (
	"bytes"
	"image"
	"net/http"
	"strings"
	"testing"
)

func TestPictures(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t, s, Registry)
	seen := map[string]bool{}
	for _, x := range []struct {
		path, format string
		side         int
	}{
		{"/media/pictures/a.jpg", "jpeg", 600},
		{"/media/pictures/b.jpg", "jpeg", 600},
		{"/media/pictures/a.png", "png", 600},
		{"/media/documents/a.jpg", "jpeg", 600},
		{"/media/small/a.jpg", "jpeg", 300},
		{"/media/small/a.png", "png", 300},
	} {
		a := c.do("GET", x.path, nil)
		picture, format, err := image.Decode(bytes.NewReader(a.body))
		if err != nil || format != x.format || picture.Bounds().Dx() != x.side || a.header.Get("Content-Type") != "image/"+x.format {
			t.Errorf("%s: %d, %s, %v", x.path, a.status, format, err)
		}
		if seen[string(a.body)] {
			t.Errorf("%s has the bytes of another", x.path)
		}
		if len(a.body) > 20_000 {
			t.Errorf("%s: %d bytes", x.path, len(a.body))
		}
		seen[string(a.body)] = true
		if again := c.do("GET", x.path, nil, "If-None-Match", a.header.Get("ETag")); again.status != http.StatusNotModified {
			t.Errorf("%s again: %d", x.path, again.status)
		}
	}
	for _, path := range []string{"/media/missing/a.jpg", "/media/pictures/a.gif", "/media/pictures/a", "/media/"} {
		if a := c.do("GET", path, nil); a.status != 404 {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// Every picture that a product names is as its label says.
func TestProductPictures(t *testing.T) {
	s := start(t, Options{})
	c := newClient(t, s, Registry)
	for _, it := range s.products.snapshot() {
		for _, address := range it.Images {
			a := c.do("GET", strings.TrimPrefix(address, s.URL(Registry)), nil)
			if (a.status == 404) != (it.pictures == pictureMissing) {
				t.Errorf("%s: %d", address, a.status)
			}
		}
		for _, d := range it.Documents {
			if a := c.do("GET", strings.TrimPrefix(d.URL, s.URL(Registry)), nil); a.status != 200 {
				t.Errorf("%s: %d", d.URL, a.status)
			}
		}
	}
	s.ResetCounts()
	c.do("GET", "/media/pictures/a.jpg", nil)
	if n := s.PictureFetches()["client"]; n != 1 {
		t.Errorf("%d fetches since the reset", n)
	}
}

func BenchmarkPicture(b *testing.B) {
	m := newMedia("http://registry.example")
	for b.Loop() {
		if p, _ := m.picture("/media/pictures/68-672-24769-12-2022-1.jpg"); p == nil {
			b.Fatal("no picture")
		}
	}
}
