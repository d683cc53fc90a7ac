package ocop

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

func TestProducerKey(t *testing.T) {
	t.Parallel()
	groups := map[string][]string{
		"htx nong nghiep suoi mo": {
			"HTX Nông nghiệp Suối Mơ", "Hợp tác xã nông nghiệp Suối Mơ", "HỢP TÁC XÃ NÔNG NGHIỆP SUỐI MƠ ", "HTX NN Suối Mơ",
			"HTX. Nông nghiệp Suối Mơ", "Hợp tác xã (HTX) nông nghiệp Suối Mơ", norm.NFD.String("Hợp tác xã nông nghiệp Suối Mơ"),
		},
		"tht rau doi thong": {"THT rau Đồi Thông", "Tổ hợp tác rau Đồi Thông", "Tổ Hợp Tác Rau Đồi Thông"},
		"cty may trang": {
			"Công ty TNHH Mây Trắng", "Cty TNHH Mây Trắng", "CÔNG TY TNHH MTV MÂY TRẮNG", "Công ty trách nhiệm hữu hạn Mây Trắng", "CTCP Mây Trắng",
			"Công ty TNHH một thành viên Mây Trắng", "Công ty Cổ phần Mây Trắng", "Công ty CP Mây Trắng", "Cty. Mây Trắng",
		},
		"cty thuong mai dich vu may trang": {"Công ty TNHH TM & DV Mây Trắng", "Công ty TNHH Thương mại và Dịch vụ Mây Trắng", "Cty TNHH TMDV Mây Trắng"},
		"hkd co ut":                        {"Hộ kinh doanh Cô Út", "HKD Cô Út", "Cơ sở Cô Út", "Cơ sở sản xuất Cô Út", "CSSX Cô Út", "Hộ Cô Út", "Hộ bà Cô Út"},
		"dn hong hac":                      {"DNTN Hồng Hạc", "Doanh nghiệp tư nhân Hồng Hạc"},
		"ho ba ngoc":                       {"Hồ Bá Ngọc"}, // a surname
		"hong hac":                         {"Hồng Hạc"},
		"htx":                              {"HTX", "Hợp tác xã"},
		"":                                 {"", " - "},
	}
	for want, names := range groups {
		for _, name := range names {
			if got := ProducerKey(name); got != want {
				t.Errorf("ProducerKey(%q) = %q, want %q", name, got, want)
			}
		}
	}
}

func TestKindFromName(t *testing.T) {
	t.Parallel()
	tests := map[string]ProducerKind{
		"HTX Nông nghiệp Suối Mơ":                Cooperative,
		"Hợp tác xã nông nghiệp Suối Mơ":         Cooperative,
		"Liên hiệp Hợp tác xã Suối Mơ":           Cooperative,
		"Tổ hợp tác rau Đồi Thông":               CoopGroup,
		"THT rau":                                CoopGroup,
		"Công ty TNHH MTV Mây Trắng":             Company,
		"Chi nhánh Công ty Cổ phần Mây Trắng":    Company,
		"DNTN Hồng Hạc":                          Company,
		"Hộ kinh doanh Cô Út":                    Household,
		"HKD Cô Út":                              Household,
		"Hộ Cô Út":                               Household,
		"Hồ Văn Út":                              "",
		"Cơ sở sản xuất Cô Út":                   "",
		"Trang trại Đồi Thông":                   "",
		"Nguyễn Văn Út":                          "",
		"":                                       "",
		norm.NFD.String("Hợp tác xã Suối Mơ"):    Cooperative,
		"Hộ kinh doanh Hợp tác xã Mới (tên cũ)":  Household,
		"Công ty TNHH Hợp tác xã Kiểu Mới Mây":   Company,
		"Ban quản lý Hợp tác xã du lịch Suối Mơ": "",
	}
	for name, want := range tests {
		if got := KindFromName(name); got != want {
			t.Errorf("KindFromName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestReadProducerKind(t *testing.T) {
	t.Parallel()
	tests := map[string]ProducerKind{
		"": "", "-": "",
		"doanh-nghiep": Company, "Doanh nghiệp": Company, "DN": Company, "Công ty": Company, "Công ty TNHH": Company, "Cty CP": Company, "DNTN": Company,
		"hop-tac-xa": Cooperative, "HTX": Cooperative, "Hợp tác xã": Cooperative, "Hợp tác xã (HTX)": Cooperative,
		"to-hop-tac": CoopGroup, "THT": CoopGroup, "Tổ hợp tác": CoopGroup,
		"ho-kinh-doanh": Household, "HKD": Household, "Hộ KD": Household, "Hộ": Household, "Hộ gia đình": Household, "Cơ sở": Household, "Cơ sở sản xuất": Household,
	}
	for in, want := range tests {
		if got, err := ReadProducerKind(in); err != nil || got != want {
			t.Errorf("ReadProducerKind(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"Trang trại", "Cá nhân", "HTX, THT", "HTX Suối Mơ", "?", "1", "Tr\xe0"} {
		got, err := ReadProducerKind(in)
		checkRefused(t, "ReadProducerKind", in, got, err, "")
	}
}
