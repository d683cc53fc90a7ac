package ocop

// A saying is what a person is told about a reason: why, what to do about it,
// and who must.
type saying struct {
	party     Party
	why, todo Text
}

// Text says in one sentence why the product is not on sale, or not as wanted.
func (r Reason) Text() Text { return r.saying().why }

// Todo says in one sentence what the party who must act has to do.
func (r Reason) Todo() Text { return r.saying().todo }

// Party is who must act on the reason; the system for an unknown word.
func (r Reason) Party() Party { return r.saying().party }

func (r Reason) saying() saying {
	for _, of := range [...]func(Reason) (saying, bool){registrySaying, decisionSaying, offerSaying, listingSaying, marketSaying} {
		if s, ok := of(r); ok {
			return s
		}
	}
	return saying{PartySystem, Text{string(r), string(r)}, Text{}}
}

// registrySaying: what the registry says or leaves open.
func registrySaying(r Reason) (saying, bool) {
	switch r {
	case RatingUnclear:
		return saying{
			PartyOfficer,
			Text{"Hạng sao trong sổ đăng ký không đọc được chắc chắn.", "The rating in the registry can't be read surely."},
			Text{"Ghi lại hạng sao đã công nhận bằng một chữ số, ví dụ “4 sao”, tại vị trí nêu trong báo cáo.", "Write the recognized rating as one number, for example \"4 sao\", at the place that the report names."},
		}, true
	case StatusUnclear:
		return saying{
			PartyOfficer,
			Text{"Tình trạng công nhận trong sổ đăng ký không rõ.", "The status of recognition in the registry is not clear."},
			Text{"Ghi tình trạng là còn hiệu lực, hết hạn, thu hồi hoặc rút.", "Set the status to recognized, expired, revoked or withdrawn."},
		}, true
	case CertificateMissing:
		return saying{
			PartyOfficer,
			Text{"Sổ đăng ký chưa có giấy chứng nhận OCOP của sản phẩm.", "The registry has no OCOP certificate for the product."},
			Text{"Bổ sung số quyết định và ngày cấp giấy chứng nhận vào sổ đăng ký.", "Enter the decision's number and the certificate's date of issue in the registry."},
		}, true
	case CertificateUnclear:
		return saying{
			PartyOfficer,
			Text{"Ngày cấp hoặc ngày hết hạn của giấy chứng nhận không đủ rõ để biết giấy còn hiệu lực.", "The certificate's dates are not clear enough to know that it runs."},
			Text{"Ghi đủ ngày, tháng, năm cấp và hết hạn của giấy chứng nhận, ví dụ 15/1/2025.", "Enter day, month and year of the certificate's issue and end, for example 15/1/2025."},
		}, true
	case CertificateExpired:
		return saying{
			PartyProducer,
			Text{"Giấy chứng nhận OCOP đã hết hạn.", "The OCOP certificate has expired."},
			Text{"Nộp hồ sơ đánh giá, phân hạng lại sản phẩm; sau khi được công nhận lại, sản phẩm sẽ tự động được đăng bán.", "Apply for a new assessment; once recognized again, the product is put on sale by itself."},
		}, true
	case BelowMinStars:
		return saying{
			PartyProducer,
			Text{"Sản phẩm chưa được công nhận đủ số sao để đăng bán.", "The product has not been recognized with enough stars to be sold here."},
			Text{"Hoàn thiện sản phẩm và đăng ký đánh giá, phân hạng để đạt số sao yêu cầu.", "Improve the product and apply for an assessment to reach the stars asked for."},
		}, true
	case Revoked:
		return saying{
			PartyProducer,
			Text{"Giấy chứng nhận OCOP đã bị thu hồi.", "The OCOP certificate has been revoked."},
			Text{"Khắc phục lý do bị thu hồi và đăng ký đánh giá, phân hạng lại.", "Mend what led to the revocation and apply for a new assessment."},
		}, true
	case Withdrawn:
		return saying{
			PartyProducer,
			Text{"Sản phẩm đã rút khỏi chương trình OCOP.", "The product has been withdrawn from the programme."},
			Text{"Nếu muốn bán lại, hãy đăng ký tham gia chương trình với cơ quan quản lý địa phương.", "To sell it again, register for the programme with the local office."},
		}, true
	}
	return saying{}, false
}

// decisionSaying: what people here decided or must decide.
func decisionSaying(r Reason) (saying, bool) {
	switch r {
	case Exempt:
		return saying{
			PartyOfficer,
			Text{"Sản phẩm đang được miễn đăng bán trên sàn này theo quyết định của cán bộ phụ trách.", "An officer has exempted the product from this marketplace."},
			Text{"Xem lại quyết định miễn khi đến hạn, hoặc bỏ miễn nếu lý do không còn.", "Review the exemption when it ends, or lift it once its reason is gone."},
		}, true
	case NotSellableHere:
		return saying{
			PartyOfficer,
			Text{"Nhóm sản phẩm này không được bán trên sàn.", "Products of this group can't be sold on this marketplace."},
			Text{"Không cần làm gì thêm; chỉ sửa quy tắc trong cấu hình nếu sàn đã cho phép bán nhóm này.", "Nothing needs doing; change the configured rule only if the marketplace now takes this group."},
		}, true
	case MarketPaused:
		return saying{
			PartyOfficer,
			Text{"Việc đồng bộ với sàn này đang tạm dừng.", "Synchronizing with this marketplace is paused."},
			Text{"Xem lý do tạm dừng và cho chạy tiếp khi đã xử lý xong.", "See why it was paused, and resume it once that is settled."},
		}, true
	case GuardHold:
		return saying{
			PartyOfficer,
			Text{"Thay đổi bị giữ lại để kiểm tra vì lượt đồng bộ khác thường (dữ liệu trống, thiếu hoặc giảm đột ngột).", "The change is held for a check, for the run looks unusual (data empty, short or suddenly fewer)."},
			Text{"Kiểm tra nguồn dữ liệu, rồi duyệt hoặc bỏ các thay đổi đang giữ.", "Check the source of the data, then approve or drop the held changes."},
		}, true
	case AwaitingApproval:
		return saying{
			PartyOfficer,
			Text{"Thay đổi đang chờ cán bộ phụ trách duyệt.", "The change waits for an officer's approval."},
			Text{"Xem danh sách thay đổi đang chờ và duyệt.", "Look at the waiting changes and approve them."},
		}, true
	case PriceJump:
		return saying{
			PartyOfficer,
			Text{"Giá mới chênh lệch quá nhiều so với giá đang bán.", "The new price is too far from the one on sale."},
			Text{"Hỏi lại chủ thể về giá mới, rồi duyệt hoặc sửa bảng giá.", "Ask the producer about the new price, then approve it or mend the price list."},
		}, true
	case RefusedByOfficer:
		return saying{
			PartyOfficer,
			Text{"Cán bộ phụ trách đã từ chối thay đổi này.", "An officer has refused this change."},
			Text{"Sửa nguồn dữ liệu nếu cần thay đổi khác; thay đổi này chỉ được hỏi lại khi các thay đổi đang giữ khác đi.", "Mend the source if another change is wanted; this one is asked again only once what is held differs."},
		}, true
	case LeftByPolicy:
		return saying{
			PartyOfficer,
			Text{"Chính sách cấu hình cho sàn này không để hệ thống tự làm thay đổi này.", "The policy configured for this marketplace leaves this change undone."},
			Text{"Tự thực hiện trên sàn, hoặc đổi policy của sàn trong cấu hình.", "Do it by hand on the marketplace, or change its policy in the configuration."},
		}, true
	case DuplicateCode:
		return saying{
			PartyOfficer,
			Text{"Nhiều dòng trong sổ đăng ký cùng một mã sản phẩm nhưng nội dung khác nhau.", "Several rows of the registry share one product code and differ."},
			Text{"Giữ lại một dòng đúng hoặc cấp mã riêng cho từng sản phẩm.", "Keep the one right row, or give each product its own code."},
		}, true
	}
	return saying{}, false
}

// Text names the party.
func (p Party) Text() Text {
	switch p {
	case PartyProducer:
		return Text{"Chủ thể", "Producer"}
	case PartyOfficer:
		return Text{"Cán bộ phụ trách", "Officer"}
	case PartyMarketplace:
		return Text{"Sàn", "Marketplace"}
	case PartySystem:
		return Text{"Hệ thống", "System"}
	}
	return Text{string(p), string(p)}
}
