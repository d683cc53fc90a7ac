package market

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"net/http"
	"slices"
	"strings"
)

// measure tells type and size from the file's head, without decoding a pixel.
func (f *Fetcher) measure(address string, body []byte) (kind string, width, height int, err error) {
	kind, _, _ = strings.Cut(http.DetectContentType(body), ";")
	if !slices.Contains(f.o.Types, kind) {
		return "", 0, 0, pictureError(address, whyType(kind, f.o.Types), nil)
	}
	c, err := sizeOf(kind, body)
	if err != nil {
		return "", 0, 0, pictureError(address, whyUnreadable(), err)
	}
	if int64(c.Width)*int64(c.Height) > f.o.MaxPixels {
		return "", 0, 0, pictureError(address, whyTooManyPixels(c.Width, c.Height, f.o.MaxPixels), nil)
	}
	if c.Width < f.o.MinSide || c.Height < f.o.MinSide {
		return "", 0, 0, pictureError(address, whyTooSmall(c.Width, c.Height, f.o.MinSide), nil)
	}
	return kind, c.Width, c.Height, nil
}

func sizeOf(kind string, body []byte) (image.Config, error) {
	switch r := bytes.NewReader(body); kind {
	case "image/png":
		return png.DecodeConfig(r)
	case "image/gif":
		return gif.DecodeConfig(r)
	default:
		// The library's decoder takes 10 KB of memory for each picture.
		if width, height, ok := ordinaryJPEG(body); ok {
			return image.Config{Width: width, Height: height}, nil
		}
		return jpeg.DecodeConfig(r)
	}
}

// The markers of JPEG (ITU-T T.81, table B.1) that an ordinary picture has
// before its pixels.
const (
	jpegBaseline    = 0xc0
	jpegExtended    = 0xc1
	jpegProgressive = 0xc2
	jpegHuffman     = 0xc4
	jpegStart       = 0xd8
	jpegPixels      = 0xda
	jpegQuantizers  = 0xdb
	jpegRestart     = 0xdd
	jpegApp0        = 0xe0
	jpegApp15       = 0xef
	jpegComment     = 0xfe
)

// ordinaryJPEG reads the size of a JPEG whose segments follow each other
// without a gap up to its pixels, grey or with colours at most halved. Where it
// says false the picture may still be a good one.
func ordinaryJPEG(b []byte) (width, height int, ok bool) {
	if len(b) < 2 || b[0] != 0xff || b[1] != jpegStart {
		return 0, 0, false
	}
	for b = b[2:]; len(b) >= 4 && b[0] == 0xff; {
		marker, n := b[1], int(binary.BigEndian.Uint16(b[2:]))
		if n < 2 || len(b) < 2+n {
			return 0, 0, false
		}
		segment := b[4 : 2+n]
		b = b[2+n:]
		switch {
		case marker == jpegPixels:
			return width, height, ok
		case marker == jpegBaseline, marker == jpegExtended, marker == jpegProgressive:
			if ok || !ordinaryFrame(segment) {
				return 0, 0, false
			}
			height, width, ok = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:])), true
		case marker == jpegHuffman, marker == jpegQuantizers, marker == jpegRestart, marker == jpegComment:
		case marker >= jpegApp0 && marker <= jpegApp15:
		default:
			return 0, 0, false
		}
	}
	return 0, 0, false
}

// ordinaryFrame looks at a frame's head: bits, height, width, the number of
// components, and for each its name, sampling and quantizer.
func ordinaryFrame(f []byte) bool {
	const head, each = 6, 3
	switch {
	case len(f) < head || f[0] != 8 || len(f) != head+each*int(f[5]) || f[5] != 1 && f[5] != 3:
		return false
	case f[7] != 0x11 && f[7] != 0x12 && f[7] != 0x21 && f[7] != 0x22 || f[8] > 3:
		return false
	case f[5] == 1:
		return true
	}
	return f[10] == 0x11 && f[13] == 0x11 && f[11] <= 3 && f[14] <= 3 && f[6] != f[9] && f[6] != f[12] && f[9] != f[12]
}
