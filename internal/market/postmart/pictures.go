package postmart

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
)

// What the contract takes as a picture (POST images).
const (
	PictureMaxBytes = 2 << 20
	PictureMinSide  = 500
)

// pictures gives the ids of the order's pictures, in their order. One that
// can't be used is left out as long as others remain; look asks their source
// whether they have changed.
func (j *job) pictures(ctx context.Context, look bool) ([]string, *market.Error) {
	ids := make([]string, 0, len(j.o.Listing.Pictures))
	for _, address := range j.o.Listing.Pictures {
		id, e := j.picture(ctx, address, look)
		if e != nil {
			return nil, e
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	if len(ids) > 0 {
		return ids, nil
	}
	e := j.refused("%s, none of which can be used", ocop.Count(len(j.o.Listing.Pictures), "picture", "pictures"))
	e.Code = codeBadImage
	e.Problems = j.pics.faults(j.o, listing.FieldPictures)
	if len(j.o.Listing.Pictures) == 0 {
		why := ocop.MissingImage
		e.Code = codeMissingImage
		e.Problems = []listing.Problem{{Reason: why, Field: listing.FieldPictures, Party: why.Party(), Text: why.Text()}}
	}
	return nil, e
}

// documents gives the order's scans. One that can't be used is left out: if
// the category requires it, the market says so.
func (j *job) documents(ctx context.Context) ([]document, *market.Error) {
	var docs []document
	for _, d := range j.o.Listing.Documents {
		id, e := j.picture(ctx, d.URL, true)
		if e != nil {
			return nil, e
		}
		if id != "" {
			docs = append(docs, document{Kind: string(d.Kind), ImageID: id})
		}
	}
	return docs, nil
}

// picture gives the market's id for the picture at an address; "" when it can't
// be used, and then the album says why. An error fails the order: the call did,
// or the picture's server is away for the moment.
func (j *job) picture(ctx context.Context, address string, look bool) (string, *market.Error) {
	a := j.pics
	known := a.known[address]
	if known.ID != "" && (!look || a.looked[address]) {
		return known.ID, nil
	}
	if _, bad := a.bad[address]; bad {
		return "", nil
	}
	got, err := j.m.fetch.Fetch(ctx, address, market.Conditional{ETag: known.ETag})
	if err != nil {
		return j.unfetched(ctx, address, known, err)
	}
	a.looked[address] = true
	if got.NotModified && known.ID != "" {
		return known.ID, nil
	}
	if why, bad := unusable(&got); bad {
		a.refuse(address, why)
		return "", nil
	}
	id := a.sameBytes(got.Hash)
	if id == "" {
		var e *market.Error
		if id, e = j.upload(ctx, &got); e != nil {
			if e.Kind != market.Invalid {
				return "", e
			}
			a.refuse(address, ocop.Text{VI: "Postmart không nhận: " + e.Words, EN: "Postmart does not take it: " + e.Words})
			return "", nil
		}
	}
	p := market.Picture{ID: id, Hash: got.Hash, ETag: got.ETag}
	if p != known {
		a.known[address], a.changed[address] = p, p
	}
	return id, nil
}

// unfetched decides on a picture that its source did not give. What was
// uploaded before is still with the market and stays in use. Otherwise a lasting
// failure drops the picture, and one that passes fails the order, to be tried
// again: a listing would else be left without the picture for good. That is no
// failure of the market, so its kind is Invalid all the same.
func (j *job) unfetched(ctx context.Context, address string, known market.Picture, err error) (string, *market.Error) {
	if ctx.Err() != nil {
		return "", cancelled(ctx, j.op("fetch a picture of"))
	}
	if known.ID != "" {
		j.pics.looked[address] = true
		return known.ID, nil
	}
	why := ocop.Text{VI: "không tải được", EN: "it cannot be fetched"}
	var p *market.PictureError
	told := errors.As(err, &p)
	if told {
		why = p.Why
	}
	if !told || !p.Temporary || noSuchHost(err) {
		j.pics.refuse(address, why)
		return "", nil
	}
	e := j.refused("a picture cannot be fetched at the moment")
	e.Code, e.Retryable, e.Err = codeBadImage, true, err
	e.Problems = []listing.Problem{p.Problem()}
	return "", e
}

func noSuchHost(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// unusable holds a picture against the contract.
func unusable(p *market.Fetched) (ocop.Text, bool) {
	switch {
	case p.Type != "image/jpeg" && p.Type != "image/png":
		return ocop.Text{
			VI: fmt.Sprintf("tệp có dạng %s, Postmart chỉ nhận JPEG hoặc PNG", p.Type),
			EN: fmt.Sprintf("the file is %s, Postmart takes JPEG or PNG only", p.Type),
		}, true
	case len(p.Bytes) > PictureMaxBytes:
		return ocop.Text{
			VI: fmt.Sprintf("tệp nặng %d KB, Postmart nhận nhiều nhất %d KB", (len(p.Bytes)+1023)>>10, PictureMaxBytes>>10),
			EN: fmt.Sprintf("the file has %d KB, Postmart takes at most %d KB", (len(p.Bytes)+1023)>>10, PictureMaxBytes>>10),
		}, true
	case p.Width < PictureMinSide || p.Height < PictureMinSide:
		return ocop.Text{
			VI: fmt.Sprintf("ảnh %d×%d điểm, Postmart yêu cầu mỗi cạnh ít nhất %d điểm", p.Width, p.Height, PictureMinSide),
			EN: fmt.Sprintf("it has %d×%d pixels, Postmart asks for at least %d on each side", p.Width, p.Height, PictureMinSide),
		}, true
	}
	return ocop.Text{}, false
}

// upload stores the bytes with the market; the same bytes give the same id.
func (j *job) upload(ctx context.Context, p *market.Fetched) (string, *market.Error) {
	boundary := rand.Text()
	body := p.Wrapped("--"+boundary+"\r\n"+
		"Content-Disposition: form-data; name=\"file\"; filename=\"picture\"\r\n"+
		"Content-Type: "+p.Type+"\r\n\r\n", "\r\n--"+boundary+"--\r\n")
	p.Bytes = nil // it is a part of the body now
	c := call{
		op: j.op("upload a picture of"), method: post, path: "/partner/v1/images", body: body,
		contentType: "multipart/form-data; boundary=" + boundary, want: http.StatusCreated, aside: true,
	}
	var answer stored
	if e := j.m.do(ctx, &c, &answer); e != nil {
		return "", e
	}
	if answer.ID == "" {
		return "", c.protocol("an upload without id")
	}
	return answer.ID, nil
}

// plainAddress is an address without what may be secret in it.
func plainAddress(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "(an address that cannot be read)"
	}
	u.User, u.RawQuery, u.Fragment = nil, "", ""
	return u.String()
}
