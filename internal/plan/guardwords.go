package plan

import "ocopsync/internal/ocop"

// JumpsWait says that nothing waits but prices that jump.
const JumpsWait = "prices that jump wait for an officer, item by item"

// guardClauses are all that the guards say; {} stands for a value. Some are part
// of another, so the longer one comes first.
func guardClauses() []ocop.Text {
	return []ocop.Text{
		{EN: "mend the registry, for an empty one is never taken over", VI: "hãy sửa sổ đăng ký, vì sổ trống không bao giờ được nhận"},
		{EN: "the registry's reading is empty", VI: "lần đọc sổ đăng ký không có sản phẩm nào"},
		{EN: "a full reading of {} products lacks {}, which must always be there", VI: "lần đọc toàn bộ {} sản phẩm thiếu mã {}, là mã luôn phải có"},
		{EN: "mend the registry, or take the code out of registry.canaries", VI: "hãy sửa sổ đăng ký, hoặc bỏ mã này khỏi registry.canaries"},
		{EN: "eligible products fell from {} to {} within a day, more than {}", VI: "số sản phẩm đủ điều kiện trong một ngày giảm từ {} xuống {}, hơn {}"},
		{EN: "eligible products fell from {} to {}, more than {}", VI: "số sản phẩm đủ điều kiện giảm từ {} xuống {}, hơn {}"},
		{EN: "mend the registry, or approve the reading if it is right", VI: "hãy sửa sổ đăng ký, hoặc duyệt lần đọc này nếu đúng như vậy"},
		{EN: "the certificates of {} products ended on {}, which is no fault of the data", VI: "giấy chứng nhận của {} sản phẩm hết hạn ngày {}, không phải do lỗi dữ liệu"},
		{EN: "prices in the price list fell from {} to {}, more than {}", VI: "số giá trong bảng giá giảm từ {} xuống {}, hơn {}"},
		{EN: "the median price moved from {} to {}, tenfold or more, as with a wrong unit", VI: "giá trung vị đổi từ {} thành {}, gấp mười lần trở lên, như khi ghi nhầm đơn vị"},
		{EN: "mend the price list, or approve the reading if it is right", VI: "hãy sửa bảng giá, hoặc duyệt lần đọc này nếu đúng như vậy"},
		{EN: "the market shows none of our {} listings that were on sale", VI: "sàn không cho thấy tin nào trong {} tin đang bán của ta"},
		{EN: "the market shows {} of our listings, {} were on sale, more than {} % are missing", VI: "sàn cho thấy {} tin của ta trong khi {} tin đang bán, thiếu hơn {} %"},
		{EN: "{} of {} listings would leave the sale, more than {} %", VI: "{} trên {} tin đang bán sẽ bị ngừng bán, hơn {} %"},
		{EN: "{} of {} listings would be changed, more than {} %", VI: "{} trên {} tin đang bán sẽ bị sửa, hơn {} %"},
		{EN: "this is the first run on a shop that already holds {} listing, which is not ours", VI: "đây là lượt đầu tiên trên gian hàng đã có sẵn {} tin không do hệ thống đăng"},
		{EN: "this is the first run on a shop that already holds {} listings, none of them ours", VI: "đây là lượt đầu tiên trên gian hàng đã có sẵn {} tin, không tin nào do hệ thống đăng"},
		{EN: "see whether products are among them already, for these would be there twice", VI: "hãy xem trong đó đã có sản phẩm nào chưa, vì sản phẩm đó sẽ bị đăng hai lần"},
		{EN: JumpsWait, VI: "giá thay đổi quá nhiều, chờ cán bộ duyệt từng sản phẩm"},
		{EN: "look at what would be done, then approve or refuse it", VI: "hãy xem những gì sẽ được làm, rồi duyệt hoặc từ chối"},
	}
}
