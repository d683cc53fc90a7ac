package admin

import (
	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// words are what the pages say in one language.
type words struct {
	Product, Skip, SignedInAs, SignOut, Switch                                         string
	SignIn, SignInHow, Token, LinkSpent, FormStale, SignedIn, SignedInText             string
	RequestID, ToStatus, Status, Reload, AsOf                                          string
	Coverage, CoverageHow, Summary, NoFigures                                          string
	Market, Percent, OnSale, Counted, InReview, Differs, Exempt, NotSellable           string
	Markets, Now, LastRun, LastSuccess, NextRun, Never, NotPlanned, SyncRun, Verify    string
	Idle, Working, Paused, AllPaused, CircuitOpen, PlanHeld, WindowShut, SourceHeld    string
	Doubted, Kept                                                                      string
	Act, ActHow, Party, Products, WhyTodo, NobodyActs, LeftOut, LeftOutHow             string
	Failures, NoFailures, When, What, RunFailed, RunHeld, RunCancelled, RunSucceeded   string
	RunPartial, RunQueued, RunRunning                                                  string
	Waits, WaitsHow, Sources, HeldSince, HeldEnds, HeldMore, HeldApproved, HeldRefused string
	Item, Does, Move, Approve, Refuse, RefuseWhy, CertificatesEnd, Checksum            string
	roles                                                                              map[state.Role]string
	parties                                                                            map[ocop.Party]string
	kinds                                                                              map[string]string
	policies                                                                           map[string]string // but sync
}

func wordsIn(l lang) words {
	if l == en {
		return englishWords()
	}
	return vietnameseWords()
}

func vietnameseWords() words {
	return words{
		Product: "OCOP trên các sàn", Skip: "Tới nội dung", SignedInAs: "Đang đăng nhập:", SignOut: "Đăng xuất", Switch: "English",
		SignIn: "Đăng nhập", SignInHow: "Nhập mã truy cập (token) do quản trị viên cấp. Mã không được lưu trong trình duyệt.", Token: "Mã truy cập",
		LinkSpent: "Đường dẫn này đã được dùng hoặc đã hết hạn. Hãy xin đường dẫn mới, hoặc đăng nhập bằng mã truy cập.",
		FormStale: "Biểu mẫu đã quá cũ. Hãy nhập lại.", SignedIn: "Đã đăng nhập", SignedInText: "Đang mở trang tình trạng…",
		RequestID: "Mã yêu cầu", ToStatus: "Về trang tình trạng", Status: "Tình trạng", Reload: "Tải lại", AsOf: "Tình trạng lúc %s; số liệu lúc %s.",
		Coverage: "Tỷ lệ phủ", CoverageHow: "Chỉ tính sản phẩm mà chính sàn cho thấy đang bán ở lần xem gần nhất.",
		Summary:   "%d trên %d sản phẩm tính phủ đang bán trên mọi sàn cần có (%s).",
		NoFigures: "Chưa có số liệu: sổ đăng ký chưa được đọc lần nào kể từ khi dịch vụ khởi động.",
		Market:    "Sàn", Percent: "Tỷ lệ", OnSale: "Đang bán", Counted: "Cần có", InReview: "Chờ duyệt", Differs: "Còn sai lệch", Exempt: "Miễn", NotSellable: "Không bán ở đây",
		Markets: "Các sàn", Now: "Hiện tại", LastRun: "Lượt gần nhất", LastSuccess: "Thành công gần nhất", NextRun: "Lượt kế tiếp", Never: "chưa có", NotPlanned: "không có lịch",
		SyncRun: "đồng bộ", Verify: "kiểm tra toàn bộ", Idle: "Sẵn sàng", Working: "Đang chạy: %s", Paused: "Tạm dừng bởi %s: %s", AllPaused: "Tất cả đang tạm dừng, bởi %s: %s",
		CircuitOpen: "Tạm ngừng gọi sàn vì lỗi: %s", PlanHeld: "Kế hoạch chờ người duyệt: %s", WindowShut: "Ngoài giờ cho phép, đến %s", SourceHeld: "Lần đọc nguồn gần nhất không được tin: %s",
		Doubted: "Dữ liệu đã nhớ bị mất lúc %s: chưa đăng tin mới cho tới khi xem lại toàn bộ gian hàng", Kept: "%s: %d sản phẩm không còn đủ điều kiện vẫn đang bán vì được miễn",
		Act: "Ai cần làm gì", ActHow: "Sản phẩm đủ điều kiện nhưng chưa bán, theo lý do chính.", Party: "Người xử lý", Products: "Số sản phẩm", WhyTodo: "Lý do và việc cần làm",
		NobodyActs: "Không có sản phẩm nào đang thiếu.", LeftOut: "Chưa đủ điều kiện", LeftOutHow: "Các sản phẩm này không tính vào tỷ lệ phủ.",
		Failures: "Lỗi mới nhất", NoFailures: "Không có lỗi trong các lượt gần đây.", When: "Lúc", What: "Chuyện gì", RunFailed: "thất bại", RunHeld: "bị giữ lại", RunCancelled: "đã hủy",
		Waits: "Đang chờ duyệt", WaitsHow: "Những gì đang giữ vẫn như cũ trên sàn cho đến khi có người quyết định.", Sources: "Nguồn dữ liệu", HeldSince: "Giữ từ %s.", HeldEnds: "Hết hạn duyệt lúc %s.",
		HeldMore: "và %d thay đổi khác", HeldApproved: "%s đã duyệt lúc %s; đang thực hiện trong lượt %s.", HeldRefused: "%s đã từ chối lúc %s: %s",
		Item: "SKU", Does: "Sẽ làm", Move: "Từ → thành", Approve: "Duyệt đúng những thay đổi này", Refuse: "Từ chối", RefuseWhy: "Lý do từ chối", CertificatesEnd: "Sau ngày %s, giấy chứng nhận của %d sản phẩm cùng hết hạn; khi đó việc ngừng bán có thể bị giữ lại để duyệt.", Checksum: "mã kiểm tra",
		RunSucceeded: "thành công", RunPartial: "còn lỗi", RunQueued: "đang chờ", RunRunning: "đang chạy",
		policies: map[string]string{
			"upsert-only": "Chính sách: không tự ngừng bán (upsert-only)", "create-only": "Chính sách: chỉ đăng mới (create-only)", "observe": "Chính sách: chỉ quan sát (observe)",
		},
		roles:   map[state.Role]string{state.Viewer: "người xem", state.Operator: "người vận hành", state.Admin: "quản trị viên"},
		parties: map[ocop.Party]string{ocop.PartyProducer: "Chủ thể", ocop.PartyOfficer: "Cán bộ", ocop.PartyMarketplace: "Sàn", ocop.PartySystem: "Hệ thống"},
		kinds: map[string]string{
			"auth": "Sàn từ chối tài khoản", "invalid": "Sàn từ chối nội dung", "duplicate": "Mã SKU đã có người dùng", "not_found": "Không thấy tin đăng",
			"locked": "Bị sàn khóa", "rate": "Gọi quá nhiều", "unavailable": "Không kết nối được", "timeout": "Không trả lời kịp", "protocol": "Câu trả lời lạ",
			"cancelled": "Đã dừng", "open": "Không gọi, vì sàn đang lỗi", "dry_run": "Không ghi (chạy thử)", "source": "Không đọc được nguồn",
		},
	}
}

func englishWords() words {
	return words{
		Product: "OCOP on the marketplaces", Skip: "To the content", SignedInAs: "Signed in:", SignOut: "Sign out", Switch: "Tiếng Việt",
		SignIn: "Sign in", SignInHow: "Enter the token that an administrator gave you. It is not kept in the browser.", Token: "Token",
		LinkSpent: "This link was used or has ended. Ask for a new one, or sign in with a token.",
		FormStale: "The form was too old. Enter it again.", SignedIn: "Signed in", SignedInText: "Opening the status page…",
		RequestID: "Request", ToStatus: "To the status page", Status: "Status", Reload: "Reload", AsOf: "Status of %s; figures of %s.",
		Coverage: "Coverage", CoverageHow: "Only what the market itself showed on sale at the last look counts.",
		Summary:   "%d of %d products that count are on sale wherever they should be (%s).",
		NoFigures: "No figures yet: the registry has not been read since the daemon started.",
		Market:    "Market", Percent: "Share", OnSale: "On sale", Counted: "Should be", InReview: "In review", Differs: "Differ", Exempt: "Exempt", NotSellable: "Not sellable here",
		Markets: "Markets", Now: "Now", LastRun: "Last run", LastSuccess: "Last success", NextRun: "Next run", Never: "never", NotPlanned: "not scheduled",
		SyncRun: "sync", Verify: "verify", Idle: "Ready", Working: "At work: %s", Paused: "Paused by %s: %s", AllPaused: "Everything is paused, by %s: %s",
		CircuitOpen: "Left alone because it fails: %s", PlanHeld: "A plan waits for a person: %s", WindowShut: "Outside its allowed hours, until %s", SourceHeld: "The last reading of the source was not believed: %s",
		Doubted: "Memory was lost, at %s: nothing new is listed until the whole shop was looked at", Kept: "%s: %d not eligible any more and still on sale, as a person exempted them",
		Act: "Who must act", ActHow: "Eligible products that are not on sale, by their stated reason.", Party: "Who", Products: "Products", WhyTodo: "Why, and what to do",
		NobodyActs: "Nothing is missing.", LeftOut: "Not eligible", LeftOutHow: "These products are not part of coverage.",
		Failures: "Newest failures", NoFailures: "No failures in the last runs.", When: "When", What: "What", RunFailed: "failed", RunHeld: "held", RunCancelled: "cancelled",
		Waits: "Waiting for a person", WaitsHow: "What is held stays as it is on the market until somebody decides.", Sources: "Sources", HeldSince: "Held since %s.", HeldEnds: "Can be approved until %s.",
		HeldMore: "and %d more", HeldApproved: "Approved by %s at %s; run %s carries it out.", HeldRefused: "Refused by %s at %s: %s",
		Item: "SKU", Does: "Would", Move: "From → to", Approve: "Approve exactly these", Refuse: "Refuse", RefuseWhy: "Why it is refused", CertificatesEnd: "After %s the certificates of %d products end together; their leaving the sale may be held for approval then.", Checksum: "checksum",
		RunSucceeded: "succeeded", RunPartial: "with failures", RunQueued: "queued", RunRunning: "running",
		policies: map[string]string{
			"upsert-only": "Policy: nothing is taken off sale (upsert-only)", "create-only": "Policy: only new listings are made (create-only)", "observe": "Policy: nothing is written (observe)",
		},
		roles:   map[state.Role]string{state.Viewer: "viewer", state.Operator: "operator", state.Admin: "administrator"},
		parties: map[ocop.Party]string{ocop.PartyProducer: "Producer", ocop.PartyOfficer: "Officer", ocop.PartyMarketplace: "Marketplace", ocop.PartySystem: "System"},
		kinds: map[string]string{
			"auth": "Credentials refused", "invalid": "Content refused", "duplicate": "SKU taken", "not_found": "Listing not found",
			"locked": "Locked by the market", "rate": "Too many calls", "unavailable": "Not reachable", "timeout": "No answer in time", "protocol": "Strange answer",
			"cancelled": "Stopped", "open": "Not tried: the market fails", "dry_run": "Not written (dry run)", "source": "Source can't be read",
		},
	}
}

func (w *words) role(r state.Role) string    { return orItself(w.roles[r], string(r)) }
func (w *words) party(p ocop.Party) string   { return orItself(w.parties[p], string(p)) }
func (w *words) failure(kind string) string  { return orItself(w.kinds[kind], kind) }
func (w *words) runState(word string) string { return orItself(w.states()[word], word) }

func (w *words) states() map[string]string {
	return map[string]string{
		state.Queued: w.RunQueued, state.Running: w.RunRunning, state.Succeeded: w.RunSucceeded, state.Partial: w.RunPartial,
		state.Failed: w.RunFailed, state.Held: w.RunHeld, state.Cancelled: w.RunCancelled,
	}
}

func orItself(text, word string) string {
	if text == "" {
		return word
	}
	return text
}
