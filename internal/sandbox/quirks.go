package sandbox

import (
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// quirk is something about a product that the program must cope with.
type quirk string

// quirks change a product that is in order. What they do to its label follows
// from the item's fields, see item.why, item.notSellable and item.blocked.
var quirks = map[quirk]func(*maker, *item){
	"proposed five": func(_ *maker, it *item) { it.ProposedStars = 5 },
	"proposed only": func(_ *maker, it *item) {
		it.Stars, it.ProposedStars = 0, 3
		it.Certificate, it.lastDay, it.Documents = nil, time.Time{}, nil
	},
	"no certificate": func(_ *maker, it *item) {
		it.Certificate, it.lastDay, it.Documents = nil, time.Time{}, nil
	},
	"lapsed":         func(m *maker, it *item) { it.issue(day(m.now).AddDate(-3, -2, -9), true) },
	"lapsed, 36":     func(m *maker, it *item) { it.issue(day(m.now).AddDate(-3, -4, -3), false) },
	"no end":         func(m *maker, it *item) { it.issue(day(m.now).AddDate(-1, -6, -2), false) },
	"ends soon":      func(m *maker, it *item) { it.issue(day(m.now).AddDate(-3, 0, 20), true) },
	"ends soon, 36":  func(m *maker, it *item) { it.issue(day(m.now).AddDate(-3, 1, 3), false) },
	"expired status": func(m *maker, it *item) { it.issue(day(m.now).AddDate(-3, -1, -6), true); it.Status = "expired" },
	"revoked": func(m *maker, it *item) {
		it.Status = "revoked"
		it.Certificate.RevokedOn = day(m.now).AddDate(0, -1, -4).Format(time.DateOnly)
	},
	"withdrawn": func(m *maker, it *item) {
		it.Status, it.withdrawnAt = "withdrawn", m.now.Add(-20*24*time.Hour)
		it.UpdatedAt = it.withdrawnAt.UTC().Truncate(time.Second)
	},

	"no price":      func(_ *maker, it *item) { it.offer.Price, it.offer.Text = 0, "" },
	"not listed":    func(_ *maker, it *item) { it.offer = offer{} },
	"contact price": func(_ *maker, it *item) { it.offer.Price, it.offer.Text = 0, "Liên hệ" },
	"odd price":     func(_ *maker, it *item) { it.offer.Price += 250; it.offer.Text = "" },
	"by name":       func(_ *maker, it *item) { it.offer.ByName = true },
	"no unit":       func(_ *maker, it *item) { it.offer.Unit = "" },
	"no stock":      func(_ *maker, it *item) { it.offer.Stock = nil },
	"sold out":      func(_ *maker, it *item) { none := 0; it.offer.Stock = &none },

	"no picture": func(_ *maker, it *item) { it.Images, it.pictures = []string{}, pictureNone },
	"small picture": func(m *maker, it *item) {
		it.Images, it.pictures = []string{m.media + "small/" + it.Code + "-1.jpg"}, pictureSmall
	},
	"lost picture": func(m *maker, it *item) {
		it.Images, it.pictures = []string{m.media + "missing/" + it.Code + "-1.jpg"}, pictureMissing
	},
	"no paper": func(_ *maker, it *item) { it.Documents = it.Documents[:1] },

	"decomposed": func(_ *maker, it *item) {
		it.Name = norm.NFD.String(it.Name)
		it.Producer.Name = norm.NFD.String(it.Producer.Name)
	},
	"spaces": func(_ *maker, it *item) {
		it.Name = "  " + strings.ReplaceAll(it.Name, " ", "  ") + " "
		it.Producer.Name += "  "
	},
	"short name": func(_ *maker, it *item) { it.Name = "Mứt dâu" },
	"long name": func(_ *maker, it *item) {
		it.Name += " sấy lạnh nguyên bông giữ trọn hương vị cao nguyên, đóng hộp quà tặng cao cấp dùng trong dịp lễ tết, quà biếu"
	},
	"endless name": func(_ *maker, it *item) {
		it.Name += " được chọn từ những bông sen vàng nở đều, sấy lạnh nhiều giờ để giữ trọn màu sắc và hương vị, đóng hộp quà tặng cao cấp dùng trong dịp lễ tết và biếu tặng người thân bạn bè"
	},
	"script": func(_ *maker, it *item) {
		it.Name += ` <script>alert("ocop")</script>`
		it.Description = `<img src=x onerror="alert(1)"><p onclick="steal()">` + it.Name + `</p><script>document.cookie</script>` +
			`<style>body{display:none}</style><a href="javascript:alert(2)">Xem thêm</a> &lt;script&gt;alert(3)&lt;/script&gt;`
	},
	"messy text": func(_ *maker, it *item) {
		it.Description = "<DIV style=\"color:red\"><h2>Giới thiệu</h2>\r\n<table border=1><tr><th>Chỉ tiêu</th><th>Mức</th></tr>" +
			"<tr><td>Độ ẩm</td><td>&lt; 5&nbsp;%</td></tr><tr><td>Nhiệt độ sấy</td><td>45&ndash;50&deg;C</td></tr></table>" +
			"<p>Không phẩm màu&#44; không chất bảo quản &amp; không đường.<p><b>Cách dùng:</b> pha 1 gói với 200ml nước" +
			"<ul><li>Uống nóng<li>Uống lạnh</ul><!-- dán từ Word --><o:p></o:p><style>p{margin:0}</style></DIV>"
	},
	"bare text": func(_ *maker, it *item) { it.Description = "Ngon, sạch.\n\nĐặt hàng trước 2 ngày." },
	"no text":   func(_ *maker, it *item) { it.Description = "" },
}

// issue dates the certificate; 36 months from issue, stated or not.
func (it *item) issue(on time.Time, statesEnd bool) {
	if on.Month() == time.February && on.Day() == 29 {
		on = on.AddDate(0, 0, -1)
	}
	it.lastDay = on.AddDate(0, 36, 0)
	it.Certificate.IssuedOn = on.Format(time.DateOnly)
	it.Certificate.ExpiresOn = ""
	if statesEnd {
		it.Certificate.ExpiresOn = it.lastDay.Format(time.DateOnly)
	}
}
