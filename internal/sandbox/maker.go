package sandbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// maker builds products whose dates are relative to now, so that their labels
// hold whatever the day.
type maker struct {
	now   time.Time
	media string
	dice  *rand.Rand
	made  int
}

// blueprint is what a product starts from, before its quirk.
type blueprint struct {
	name     string
	subgroup string
	producer producer
	stars    int
	unit     string
	weight   string
	price    int64
	quirk    quirk
}

func makeProducts(o Options, registry string) []*item {
	m := &maker{now: o.Now(), media: registry + "/media/", dice: rand.New(rand.NewPCG(uint64(o.Seed), 0x0C0D))}
	if o.Products == 0 {
		return m.daLat()
	}
	return m.generate(o.Products)
}

// build makes one product. Everything is in order until its quirk is applied.
func (m *maker) build(b blueprint) *item {
	m.made++
	n := m.made
	sub, ok := findSubgroup(b.subgroup)
	if !ok {
		panic("sandbox: no sub-group " + b.subgroup)
	}
	issued := day(m.now).AddDate(0, -3-n%24, -5-n%11)
	if issued.Month() == time.February && issued.Day() == 29 { // 36 months on there is none: unclear what counts
		issued = issued.AddDate(0, 0, -1)
	}
	code := fmt.Sprintf("68-%d-%d-%d-%d", 672+n%5, 24760+(n*7)%90, n, issued.Year())
	last := issued.AddDate(0, 36, 0)
	it := &item{
		record: record{
			Code: code, Name: b.name, Stars: b.stars, Status: "recognized",
			Group: sub.group, Subgroup: sub.name, Producer: b.producer,
			Certificate: &certificate{
				Number:    fmt.Sprintf("GCN-OCOP-%d/%05d", issued.Year(), n),
				Decision:  fmt.Sprintf("%d/QĐ-UBND", 100+(n*37)%2900),
				IssuedOn:  issued.Format(time.DateOnly),
				ExpiresOn: last.Format(time.DateOnly),
			},
			Description: m.describe(b, sub, n),
			Images:      []string{m.media + "pictures/" + code + "-1.jpg"},
			Documents:   []document{{Kind: "ocop_certificate", URL: m.media + "documents/" + code + "-ocop.jpg"}},
			UpdatedAt:   m.now.Add(-time.Duration(100+n%200) * 24 * time.Hour).UTC().Truncate(time.Second),
		},
		lastDay: last,
		offer:   m.offer(b, n),
	}
	if n%4 == 0 {
		it.Images = append(it.Images, m.media+"pictures/"+code+"-2.png")
	}
	if n%3 == 0 {
		it.Documents = append(it.Documents, document{Kind: "food_safety", URL: m.media + "documents/" + code + "-attp.png"})
	}
	if sub.document != "" {
		m.addDocument(it, sub.document)
	}
	if b.quirk != "" {
		apply, ok := quirks[b.quirk]
		if !ok {
			panic("sandbox: no quirk " + string(b.quirk))
		}
		apply(m, it)
	}
	return it
}

func (m *maker) addDocument(it *item, kind string) {
	it.Documents = append(it.Documents, document{Kind: kind, URL: m.media + "documents/" + it.Code + "-" + kind + ".jpg"})
}

// offer writes prices as people do; Text empty is a plain number in the cell.
func (m *maker) offer(b blueprint, n int) offer {
	stock := 5 + (n*13)%196
	o := offer{Listed: true, Price: b.price, Unit: b.unit, Stock: &stock, Weight: b.weight}
	switch n % 4 {
	case 1:
		o.Text = grouped(b.price, ".") + "đ"
	case 2:
		o.Text = grouped(b.price, ".")
	case 3:
		o.Text = grouped(b.price, ",") + " VNĐ"
	}
	return o
}

// grouped writes an amount in groups of three digits.
func grouped(amount int64, by string) string {
	text := fmt.Sprint(amount)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + by + text[i:]
	}
	return text
}

var praise = []string{
	"Sản phẩm được làm từ nguyên liệu trồng tại cao nguyên ở độ cao trên 1.500 m, nơi khí hậu mát quanh năm và biên độ nhiệt ngày đêm lớn.",
	"Vùng nguyên liệu được chăm sóc theo hướng hữu cơ, không dùng thuốc trừ cỏ, thu hái bằng tay vào buổi sáng sớm.",
	"Quy trình sơ chế, sấy và đóng gói khép kín; mỗi mẻ đều được lưu mẫu và ghi nhật ký sản xuất.",
	"Cơ sở liên kết với các hộ dân trong xã, bao tiêu nguyên liệu theo hợp đồng từng vụ.",
	"Bao bì có mã truy xuất nguồn gốc, ngày sản xuất và hạn sử dụng in trên nhãn.",
	"Bảo quản nơi khô ráo, thoáng mát, tránh ánh nắng trực tiếp; đậy kín sau khi mở.",
}

// describe writes about 1 KB of HTML, as it comes from people's keyboards.
func (m *maker) describe(b blueprint, sub subgroup, n int) string {
	var t strings.Builder
	fmt.Fprintf(&t, "<p><strong>%s</strong> của %s, nhóm %s.</p>", cleanName(b.name), b.producer.Name, strings.ToLower(sub.name))
	t.WriteString("<ul>")
	for i := range 3 {
		fmt.Fprintf(&t, "<li>%s</li>", praise[(n+i)%len(praise)])
	}
	fmt.Fprintf(&t, "</ul><p>Quy cách: %s.<br>%s</p>", b.unit, praise[(n+3)%len(praise)])
	return t.String()
}
