package main

import (
	"maps"
	"slices"
	"strings"

	"ocopsync/internal/listing"
	"ocopsync/internal/market"
	"ocopsync/internal/ocop"
	"ocopsync/internal/plan"
	"ocopsync/internal/reconcile"
	"ocopsync/internal/registry"
	"ocopsync/internal/state"
)

// What a run's own words mean for a person. A word that is not here is said as
// it is, without its underscores.

// word looks one of our words up.
func word(in map[string]ocop.Text, w string) ocop.Text {
	if t, known := in[w]; known {
		return t
	}
	w = strings.ReplaceAll(w, "_", " ")
	return ocop.Text{VI: w, EN: w}
}

// stateWords are the states of a run and of its parts.
func stateWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		state.Queued:    {VI: "đang chờ", EN: "queued"},
		state.Running:   {VI: "đang chạy", EN: "running"},
		state.Succeeded: {VI: "thành công", EN: "succeeded"},
		state.Partial:   {VI: "còn lỗi", EN: "partial"},
		state.Failed:    {VI: "thất bại", EN: "failed"},
		state.Held:      {VI: "bị giữ lại", EN: "held"},
		state.Cancelled: {VI: "đã hủy", EN: "cancelled"},
	}
}

func modeWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		string(reconcile.Sync):   {VI: "đồng bộ", EN: "sync"},
		string(reconcile.Verify): {VI: "kiểm tra toàn bộ", EN: "verify"},
		modePlan:                 {VI: "lập kế hoạch", EN: "plan"},
	}
}

// readingWords say how the registry was read.
func readingWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		registry.KindFull:        {VI: "đọc toàn bộ", EN: "read in full"},
		registry.KindDelta:       {VI: "chỉ đọc phần thay đổi", EN: "only what changed was read"},
		registry.KindNotModified: {VI: "sổ đăng ký không đổi từ lần đọc trước", EN: "registry unchanged since the last reading"},
	}
}

// phaseWords are what a part is doing.
func phaseWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		string(reconcile.PhaseSource):  {VI: "đọc", EN: "reading"},
		string(reconcile.PhaseRecall):  {VI: "nhớ lại những gì đã biết", EN: "recalling what is known"},
		string(reconcile.PhaseWant):    {VI: "tính những gì cần có", EN: "working out what is wanted"},
		string(reconcile.PhaseObserve): {VI: "xem toàn bộ gian hàng", EN: "looking at the whole shop"},
		string(reconcile.PhaseIntents): {VI: "tra cứu các lệnh dở dang", EN: "looking up unfinished calls"},
		string(reconcile.PhaseReviews): {VI: "hỏi kết quả duyệt", EN: "asking for reviews"},
		string(reconcile.PhaseApply):   {VI: "thực hiện thay đổi", EN: "applying changes"},
		string(reconcile.PhaseConfirm): {VI: "xem lại những gì đã ghi", EN: "looking at what was written"},
		string(reconcile.PhaseDone):    {VI: "xong", EN: "done"},
		state.Queued:                   stateWords()[state.Queued], // nothing yet, as far as is known
		state.Running:                  stateWords()[state.Running],
	}
}

// failureWords are the kinds of failures: the markets', and the run's own.
func failureWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		string(market.Auth):        {VI: "sàn từ chối tài khoản", EN: "credentials refused"},
		string(market.Invalid):     {VI: "sàn từ chối nội dung", EN: "content refused"},
		string(market.Duplicate):   {VI: "mã SKU đã có người dùng", EN: "SKU taken"},
		string(market.NotFound):    {VI: "không thấy tin đăng", EN: "listing not found"},
		string(market.IsLocked):    {VI: "bị sàn khóa", EN: "locked by the market"},
		string(market.Rate):        {VI: "gọi quá nhiều", EN: "too many calls"},
		string(market.Unavailable): {VI: "không kết nối được", EN: "not reachable"},
		string(market.Timeout):     {VI: "không trả lời kịp", EN: "no answer in time"},
		string(market.Protocol):    {VI: "câu trả lời lạ", EN: "strange answer"},
		string(market.Cancelled):   {VI: "đã dừng", EN: "stopped"},
		string(market.Open):        {VI: "không gọi, vì sàn đang lỗi", EN: "not tried, for the market fails"},
		string(market.DryRun):      {VI: "không ghi, vì chỉ lập kế hoạch", EN: "not written, for this is a plan"},
		"source":                   {VI: "không đọc được nguồn", EN: "source can't be read"},
		"busy":                     {VI: "nơi khác đang làm việc với sàn này", EN: "at work elsewhere"},
		"system":                   {VI: "lỗi hệ thống", EN: "system"},
	}
}

// writesKey counts writing calls among a part's counts.
const writesKey = "writes"

// plannedKey is what the counts of a plan begin with.
const plannedKey = "planned_"

// deeds says what was done, by the counts of a part: "48 created; 1 could not
// be created; 49 writing calls".
func (a *app) deeds(counts map[string]int) string {
	left := maps.Clone(counts)
	var words []string
	add := func(key string, said string) {
		if left[key] > 0 {
			words = append(words, said)
		}
		delete(left, key)
	}
	for _, k := range listing.Kinds() {
		for _, s := range listing.Statuses() {
			key := string(k) + "_" + string(s)
			add(key, a.text(listing.Did(k, s, left[key])))
		}
	}
	writes := a.counted(left[writesKey], noun{"writing call", "writing calls", "lệnh ghi"})
	n := left[writesKey]
	delete(left, writesKey)
	for _, key := range slices.Sorted(maps.Keys(left)) {
		if !strings.HasPrefix(key, plannedKey) && !strings.HasPrefix(key, heldKey) {
			add(key, a.text(listing.Did(listing.Kind(key), "", left[key])))
		}
	}
	if n > 0 {
		words = append(words, writes)
	}
	if len(words) == 0 {
		return a.text(ocop.Text{VI: "không có gì phải làm", EN: "nothing to do"})
	}
	return strings.Join(words, "; ")
}

// wouldChange says whether a plan's counts hold a change.
func wouldChange(counts map[string]int) bool {
	return slices.ContainsFunc(listing.Kinds(), func(k listing.Kind) bool { return k != listing.None && counts[plannedKey+string(k)] > 0 })
}

// heldKey is what the counts of what waits for a person begin with.
const heldKey = "held_"

// wouldDo says what would be done, by the counts under plannedKey, or what waits
// for a person, by those under heldKey; "": nothing.
func (a *app) wouldDo(key string, counts map[string]int) string {
	var words []string
	for _, k := range listing.Kinds() {
		if n := counts[key+string(k)]; n > 0 && k != listing.None {
			words = append(words, a.text(listing.Would(k, n)))
		}
	}
	return strings.Join(words, "; ")
}

func (a *app) notWhole() string {
	return a.text(ocop.Text{VI: "lượt đồng bộ chưa hoàn toàn thành công: ", EN: "the run did not fully succeed: "})
}

// policyWords say what is left undone on a market by configuration.
func policyWords() map[string]ocop.Text {
	return map[string]ocop.Text{
		string(plan.PolicyUpsertOnly): {VI: "chính sách: không tự ngừng bán (upsert-only)", EN: "policy: nothing is taken off sale (upsert-only)"},
		string(plan.PolicyCreateOnly): {VI: "chính sách: chỉ đăng mới (create-only)", EN: "policy: only new listings are made (create-only)"},
		string(plan.PolicyObserve):    {VI: "chính sách: chỉ quan sát (observe)", EN: "policy: nothing is written (observe)"},
	}
}
