package admin

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"ocopsync/internal/ocop"
	"ocopsync/internal/state"
)

// The codes of problems that are told apart in the program itself.
const (
	codeNoToken    = "no_token"
	codeWrongToken = "wrong_token"
)

func errInternal(err error) *Error {
	return &Error{
		Status: http.StatusInternalServerError, Code: "internal", Err: err,
		Title: ocop.Text{VI: "Lỗi của hệ thống", EN: "A fault of ours"},
		Detail: ocop.Text{
			VI: "Yêu cầu chưa được thực hiện trọn vẹn. Hãy báo mã yêu cầu này cho người vận hành; chi tiết ở trong nhật ký.",
			EN: "The request was not carried out in full. Tell the operator this request's id; the log has the cause.",
		},
	}
}

// errAway: what the daemon needs (its Redis) can't be reached just now.
func errAway(err error) *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: "unavailable", Err: err, After: 5 * time.Second,
		Title: ocop.Text{VI: "Tạm thời chưa phục vụ được", EN: "Unavailable for the moment"},
		Detail: ocop.Text{
			VI: "Bộ nhớ của dịch vụ hiện không truy cập được. Hãy thử lại; /readyz?verbose cho biết phần nào chưa sẵn sàng.",
			EN: "The daemon's memory can't be reached just now. Try again; /readyz?verbose says what is not ready.",
		},
	}
}

// errDecision: a decision could not be taken, or not be kept as it must be.
func errDecision(err error) *Error {
	if !errors.Is(err, state.ErrNotKept) {
		return errAway(err)
	}
	return &Error{
		Status: http.StatusServiceUnavailable, Code: "not_kept", Err: err, After: 30 * time.Second,
		Title: ocop.Text{VI: "Quyết định chưa được lưu chắc chắn", EN: "The decision is not kept safely"},
		Detail: ocop.Text{
			VI: "Quyết định đã có hiệu lực nhưng chưa ghi được vào data_dir, nên sẽ mất nếu Redis mất dữ liệu. Hãy báo người vận hành (đĩa đầy?), rồi gửi lại.",
			EN: "The decision is in force, but could not be written to data_dir and would be lost with Redis. Have that mended (is the disk full?), then send it again.",
		},
	}
}

func errNoReading() *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: "no_reading", After: 10 * time.Second,
		Title: ocop.Text{VI: "Chưa có số liệu", EN: "No figures yet"},
		Detail: ocop.Text{
			VI: "Sổ đăng ký chưa được đọc lần nào kể từ khi dịch vụ khởi động. Hãy thử lại sau lượt đồng bộ đầu tiên.",
			EN: "The registry has not been read since the daemon started. Try again after the first run.",
		},
	}
}

func errNoToken() *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: codeNoToken,
		Title: ocop.Text{VI: "Thiếu mã truy cập", EN: "A token is needed"},
		Detail: ocop.Text{
			VI: "Hãy gửi đúng một tiêu đề Authorization: Bearer kèm mã truy cập (token).",
			EN: "Send one header: Authorization: Bearer and a token.",
		},
	}
}

func errWrongToken() *Error {
	return &Error{
		Status: http.StatusUnauthorized, Code: codeWrongToken,
		Title: ocop.Text{VI: "Mã truy cập không được chấp nhận", EN: "Token refused"},
		Detail: ocop.Text{
			VI: "Mã truy cập sai, đã bị thu hồi hoặc đã hết hạn. Hãy kiểm tra lại, hoặc xin quản trị viên cấp mã mới.",
			EN: "The token is wrong, was revoked or has ended. Check it, or ask an administrator for a new one.",
		},
	}
}

func errSlowDown(after time.Duration) *Error {
	return &Error{
		Status: http.StatusTooManyRequests, Code: "too_many_wrong_tokens", After: after,
		Title: ocop.Text{VI: "Quá nhiều mã truy cập sai", EN: "Too many wrong tokens"},
		Detail: ocop.Text{
			VI: "Địa chỉ này đã gửi nhiều mã truy cập sai. Hãy đợi hết thời gian trong tiêu đề Retry-After rồi thử lại với mã đúng.",
			EN: "This address has sent many wrong tokens. Wait as long as Retry-After says, then try again with a right one.",
		},
	}
}

func errLesserToken(has, needs string) *Error {
	return &Error{
		Status: http.StatusForbidden, Code: "lesser_token",
		Title: ocop.Text{VI: "Mã truy cập không đủ quyền", EN: "The token's role does not suffice"},
		Detail: ocop.Text{
			VI: fmt.Sprintf("Việc này cần quyền %s; mã truy cập đang dùng có quyền %s. Hãy dùng mã truy cập khác.", needs, has),
			EN: fmt.Sprintf("This needs the role %s; the token has the role %s. Use another token.", needs, has),
		},
	}
}

func errNoSuchPath() *Error {
	return &Error{
		Status: http.StatusNotFound, Code: "no_such_path",
		Title: ocop.Text{VI: "Không có đường dẫn này", EN: "No such path"},
		Detail: ocop.Text{
			VI: "Không có gì tại đường dẫn này. Các đường dẫn được liệt kê trong /openapi.yaml.",
			EN: "There is nothing at this path. /openapi.yaml lists those that there are.",
		},
	}
}

func errMethod(allow string) *Error {
	return &Error{
		Status: http.StatusMethodNotAllowed, Code: "method_not_allowed", Allow: allow,
		Title:  ocop.Text{VI: "Phương thức không được phép", EN: "Method not allowed"},
		Detail: ocop.Text{VI: "Đường dẫn này chỉ nhận: " + allow + ".", EN: "This path takes " + allow + " only."},
	}
}

func errNotFound(vi, en string) *Error {
	return &Error{
		Status: http.StatusNotFound, Code: "not_found",
		Title:  ocop.Text{VI: "Không tìm thấy", EN: "Not found"},
		Detail: ocop.Text{VI: vi, EN: en},
	}
}

func errBadParameter(vi, en string) *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "bad_parameter",
		Title:  ocop.Text{VI: "Tham số không hợp lệ", EN: "Bad parameter"},
		Detail: ocop.Text{VI: vi, EN: en},
	}
}

func errBadCursor() *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "bad_cursor",
		Title: ocop.Text{VI: "Con trỏ trang không hợp lệ", EN: "Bad cursor"},
		Detail: ocop.Text{
			VI: "Con trỏ này không phải do danh sách này với các bộ lọc này cấp, hoặc đã quá cũ. Hãy bắt đầu lại, không gửi cursor.",
			EN: "This cursor was not given by this list with these filters, or is too old. Begin again without a cursor.",
		},
	}
}

func errBadBody(vi, en string) *Error {
	return &Error{
		Status: http.StatusBadRequest, Code: "bad_body",
		Title:  ocop.Text{VI: "Nội dung gửi lên không đọc được", EN: "The body can't be read"},
		Detail: ocop.Text{VI: vi, EN: en},
	}
}

func errTooLarge(most int64) *Error {
	return &Error{
		Status: http.StatusRequestEntityTooLarge, Code: "too_large",
		Title: ocop.Text{VI: "Nội dung gửi lên quá lớn", EN: "The body is too large"},
		Detail: ocop.Text{
			VI: fmt.Sprintf("Nội dung gửi lên được tối đa %d byte. Hãy chia thành nhiều yêu cầu.", most),
			EN: fmt.Sprintf("A body may have at most %d bytes. Split it into several requests.", most),
		},
	}
}

func errNotJSON() *Error {
	return &Error{
		Status: http.StatusUnsupportedMediaType, Code: "not_json",
		Title:  ocop.Text{VI: "Cần nội dung JSON", EN: "JSON is needed"},
		Detail: ocop.Text{VI: "Hãy gửi Content-Type: application/json.", EN: "Send Content-Type: application/json."},
	}
}

func errUnfit(vi, en string) *Error {
	return &Error{
		Status: http.StatusUnprocessableEntity, Code: "unfit",
		Title:  ocop.Text{VI: "Yêu cầu không thực hiện được", EN: "The request can't be carried out"},
		Detail: ocop.Text{VI: vi, EN: en},
	}
}

func errKeyReused() *Error {
	return &Error{
		Status: http.StatusUnprocessableEntity, Code: "idempotency_key_reused", Field: "Idempotency-Key",
		Title: ocop.Text{VI: "Idempotency-Key đã dùng cho yêu cầu khác", EN: "Idempotency-Key used for another request"},
		Detail: ocop.Text{
			VI: "Khóa này đã được gửi với nội dung khác. Hãy dùng khóa mới cho yêu cầu mới.",
			EN: "This key was sent with another body. Use a new key for a new request.",
		},
	}
}

func errEnded(runState string) *Error {
	return &Error{
		Status: http.StatusConflict, Code: "run_ended", Field: "state", Value: runState,
		Title: ocop.Text{VI: "Lượt đồng bộ đã kết thúc", EN: "The run has ended"},
		Detail: ocop.Text{
			VI: "Lượt này đã kết thúc nên không hủy được nữa.",
			EN: "This run has ended, so there is nothing left to cancel.",
		},
	}
}

func errTooManyTokens() *Error {
	return &Error{
		Status: http.StatusConflict, Code: "too_many_tokens",
		Title:  ocop.Text{VI: "Quá nhiều mã truy cập", EN: "Too many tokens"},
		Detail: ocop.Text{VI: "Hãy thu hồi những mã truy cập không còn dùng.", EN: "Revoke tokens that nobody uses."},
	}
}

func errTooManyExemptions() *Error {
	return &Error{
		Status: http.StatusConflict, Code: "too_many_exemptions",
		Title:  ocop.Text{VI: "Quá nhiều quyết định miễn", EN: "Too many exemptions"},
		Detail: ocop.Text{VI: "Hãy kết thúc những quyết định miễn không còn cần.", EN: "End exemptions that nobody needs."},
	}
}

func errTooManyStreams() *Error {
	return &Error{
		Status: http.StatusServiceUnavailable, Code: "too_many_streams", After: 10 * time.Second,
		Title: ocop.Text{VI: "Quá nhiều kết nối theo dõi", EN: "Too many streams"},
		Detail: ocop.Text{
			VI: "Đang có quá nhiều kết nối theo dõi lượt đồng bộ. Hãy đóng bớt, hoặc đọc /api/v1/runs/{id}.",
			EN: "Too many runs are being followed at once. Close some, or read /api/v1/runs/{id} instead.",
		},
	}
}
