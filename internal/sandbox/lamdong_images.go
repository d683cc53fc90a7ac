package sandbox

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// wooImage is a picture in the shop's library.
type wooImage struct {
	ID          int    `json:"id"`
	Created     string `json:"date_created"`
	CreatedGMT  string `json:"date_created_gmt"`
	Modified    string `json:"date_modified"`
	ModifiedGMT string `json:"date_modified_gmt"`
	Src         string `json:"src"`
	Name        string `json:"name"`
	Alt         string `json:"alt"`
	Srcset      string `json:"srcset"`
	Sizes       string `json:"sizes"`
	Thumbnail   string `json:"thumbnail"`
}

// takeImages makes a product's pictures: those with an id are in the library,
// those with an address are fetched, again under a new id each time. The first
// that fails fails the call. It needs the lock.
func (d *lamdong) takeImages(raw json.RawMessage) ([]wooImage, *wooError) {
	var given []struct {
		ID   int    `json:"id"`
		Src  string `json:"src"`
		Name string `json:"name"`
		Alt  string `json:"alt"`
	}
	if json.Unmarshal(raw, &given) != nil {
		return nil, invalidParams([]wooFault{wrongType("images", "array")})
	}
	out := []wooImage{}
	for _, g := range given {
		var picture wooImage
		var fail *wooError
		if g.ID != 0 {
			var known bool
			if picture, known = d.pictures[g.ID]; !known {
				fail = &wooError{status: 400, Code: "woocommerce_product_invalid_image_id", Message: fmt.Sprintf("#%d is an invalid image ID.", g.ID)}
			}
		} else if g.Src != "" {
			picture, fail = d.upload(g.Src)
		} else {
			continue
		}
		if fail != nil {
			return nil, fail
		}
		if g.Alt != "" {
			picture.Alt = g.Alt
		}
		if g.Name != "" {
			picture.Name = g.Name
		}
		d.pictures[picture.ID] = picture
		out = append(out, picture)
	}
	return out, nil
}

func (d *lamdong) upload(address string) (wooImage, *wooError) {
	u, err := url.Parse(address)
	if err != nil || !slices.Contains([]string{".jpg", ".jpeg", ".png", ".gif", ".webp"}, strings.ToLower(path.Ext(u.Path))) {
		return wooImage{}, &wooError{status: 400, Code: "woocommerce_product_image_upload_error",
			Message: "Invalid image: Sorry, you are not allowed to upload this file type."}
	}
	if d.media.fetch(Lamdong, address) != nil {
		return wooImage{}, &wooError{status: 400, Code: "woocommerce_product_image_upload_error",
			Message: "Error getting remote image " + address + ". Error: Not Found"}
	}
	name := path.Base(u.Path)
	taken := d.uploads[name]
	d.uploads[name]++
	if taken > 0 {
		ext := path.Ext(name)
		name = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, ext), taken, ext)
	}
	d.lastPost++
	now := d.now()
	src := d.base + "/wp-content/uploads/" + now.In(vietnam).Format("2006/01") + "/" + name
	twice := now.Add(7 * time.Hour) // WooCommerce adds the zone twice to a picture's dates
	return wooImage{
		ID: d.lastPost, Created: local(twice), CreatedGMT: gmt(now), Modified: local(twice), ModifiedGMT: gmt(now),
		Src: src, Name: name, Sizes: "(max-width: 64px) 100vw, 64px", Thumbnail: src,
	}, nil
}
