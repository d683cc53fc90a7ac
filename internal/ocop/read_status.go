package ocop

// ReadStatus reads what a registry says of a recognition: the contract's words
// and Vietnamese ones ("Còn hiệu lực", "Đã thu hồi", "Hết hạn", "Ngừng tham
// gia"). Empty and "-" are no status, without an error. A product that waits for
// its recognition has none yet: that is refused.
func ReadStatus(s string) (Status, error) {
	if err := checkReadable(s); err != nil {
		return "", err
	}
	if nothingGiven(scan(s)) {
		return "", nil
	}
	switch NameKey(s) {
	case "recognized", "recognised", "active", "valid", "cong nhan", "da cong nhan", "duoc cong nhan", "da duoc cong nhan",
		"con han", "con hieu luc", "dang hieu luc", "dang con hieu luc", "dang con han", "co hieu luc", "hieu luc", "con thoi han",
		"da cap", "da cap giay chung nhan", "da cap gcn", "sap het han", "dat", "cong nhan lai", "da cong nhan lai":
		return StatusRecognized, nil
	case "expired", "het han", "da het han", "het hieu luc", "da het hieu luc", "qua han", "het thoi han", "khong con hieu luc":
		return StatusExpired, nil
	case "revoked", "thu hoi", "bi thu hoi", "da thu hoi", "da bi thu hoi", "huy", "da huy", "huy bo", "bi huy bo":
		return StatusRevoked, nil
	case "withdrawn", "rut", "da rut", "xin rut", "rut khoi chuong trinh", "da rut khoi chuong trinh", "ngung", "da ngung", "ngung san xuat",
		"da ngung san xuat", "ngung tham gia", "khong tham gia", "khong con tham gia", "ngung kinh doanh", "da ngung kinh doanh", "giai the":
		return StatusWithdrawn, nil
	case "cho cong nhan", "dang cho cong nhan", "chua cong nhan", "chua duoc cong nhan", "dang danh gia", "cho danh gia", "dang tham dinh", "pending":
		return "", refuse(s, "Sản phẩm chưa được công nhận: để trống tình trạng và ghi hạng là “đề xuất”.",
			"not recognized yet: leave the status empty and write the rating as \"đề xuất\"")
	}
	return "", refuse(s, "Không rõ tình trạng: ghi “Còn hiệu lực”, “Hết hạn”, “Thu hồi” hoặc “Rút”.",
		"an unknown status: write \"Còn hiệu lực\", \"Hết hạn\", \"Thu hồi\" or \"Rút\" (recognized, expired, revoked, withdrawn)")
}

// Text is the status in words; of an unknown one the word itself.
func (s Status) Text() Text {
	switch s {
	case StatusRecognized:
		return Text{"Đã công nhận", "Recognized"}
	case StatusExpired:
		return Text{"Hết hạn", "Expired"}
	case StatusRevoked:
		return Text{"Bị thu hồi", "Revoked"}
	case StatusWithdrawn:
		return Text{"Đã rút khỏi chương trình", "Withdrawn"}
	}
	return Text{string(s), string(s)}
}
