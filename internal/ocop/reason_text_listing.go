package ocop

// offerSaying: what the price list or the product's papers and texts lack.
func offerSaying(r Reason) (saying, bool) {
	switch r {
	case MissingPrice:
		return saying{
			PartyProducer,
			Text{"Bảng giá chưa có giá bán của sản phẩm.", "The price list has no price for the product."},
			Text{"Bổ sung giá bán lẻ bằng đồng vào bảng giá, ví dụ 120.000đ.", "Enter the retail price in đồng in the price list, for example 120.000đ."},
		}, true
	case BadPrice:
		return saying{
			PartyProducer,
			Text{"Giá bán không đọc được hoặc không được sàn chấp nhận.", "The price can't be read, or the marketplace does not take it."},
			Text{"Ghi lại một giá bán lẻ bằng đồng, ví dụ 120.000đ; không ghi “liên hệ” hoặc khoảng giá.", "Write one retail price in đồng, for example 120.000đ, not \"on request\" or a range."},
		}, true
	case PriceStep:
		return saying{
			PartyProducer,
			Text{"Giá bán không tròn theo bước giá mà sàn quy định.", "The price does not fit the marketplace's price step."},
			Text{"Chọn giá bán tròn theo bước giá của sàn, ví dụ tròn nghìn đồng; hệ thống không tự làm tròn giá.", "Choose a price that fits the marketplace's step, for example whole thousands; prices are never rounded for you."},
		}, true
	case MissingUnit:
		return saying{
			PartyProducer,
			Text{"Bảng giá chưa có đơn vị tính của sản phẩm.", "The price list has no unit for the product."},
			Text{"Bổ sung đơn vị tính, ví dụ “hộp 250g”.", "Enter the unit, for example \"hộp 250g\"."},
		}, true
	case MissingStock:
		return saying{
			PartyProducer,
			Text{"Bảng giá chưa có số lượng tồn kho.", "The price list has no stock for the product."},
			Text{"Bổ sung số lượng còn trong kho theo đơn vị bán.", "Enter how many pieces are on hand."},
		}, true
	case MissingImage:
		return saying{
			PartyProducer,
			Text{"Sản phẩm chưa có đủ ảnh theo yêu cầu của sàn.", "The product has fewer pictures than the marketplace asks for."},
			Text{"Gửi thêm ảnh chụp rõ sản phẩm cho cán bộ phụ trách hoặc bổ sung vào bảng giá.", "Send clear pictures of the product to the officer, or add them to the price list."},
		}, true
	case BadImage:
		return saying{
			PartyProducer,
			Text{"Ảnh không tải được, quá nhỏ hoặc sai định dạng.", "A picture can't be fetched, is too small or of the wrong kind."},
			Text{"Thay bằng ảnh JPEG hoặc PNG rõ nét, đủ kích thước mà sàn yêu cầu.", "Replace it by a sharp JPEG or PNG of the size that the marketplace asks for."},
		}, true
	case MissingDocument:
		return saying{
			PartyProducer,
			Text{"Thiếu giấy tờ mà sàn yêu cầu cho loại sản phẩm này.", "A paper that the marketplace asks for is missing."},
			Text{"Gửi bản chụp giấy tờ còn thiếu (giấy chứng nhận OCOP, an toàn thực phẩm, giấy phép rượu hoặc bản công bố) cho cán bộ phụ trách.", "Send a scan of the missing paper (OCOP certificate, food safety, alcohol licence or health declaration) to the officer."},
		}, true
	case MissingAttribute:
		return saying{
			PartyOfficer,
			Text{"Ngành hàng của sàn yêu cầu một thuộc tính mà dữ liệu chưa có.", "The marketplace's category asks for an attribute that the data lacks."},
			Text{"Bổ sung thuộc tính còn thiếu vào sổ đăng ký hoặc chọn ngành hàng khác trong cấu hình.", "Enter the missing attribute in the registry, or choose another category in the configuration."},
		}, true
	case CategoryUnmapped:
		return saying{
			PartyOfficer,
			Text{"Nhóm sản phẩm chưa được gán vào ngành hàng của sàn.", "The product's group is not mapped to a category of the marketplace."},
			Text{"Chọn ngành hàng của sàn cho nhóm và phân nhóm này trong bảng ngành hàng của cấu hình; nếu sổ đăng ký chưa ghi phân nhóm thì bổ sung cột “Phân nhóm”.", "Choose the marketplace's category for this group and sub-group in the configured categories; where the registry has no sub-group, add a column \"Phân nhóm\"."},
		}, true
	case NameTooShort:
		return saying{
			PartyProducer,
			Text{"Tên sản phẩm ngắn hơn mức tối thiểu của sàn.", "The product's name is shorter than the marketplace allows."},
			Text{"Đặt tên đầy đủ hơn, ví dụ thêm nguyên liệu hoặc quy cách.", "Give a fuller name, for example with what it is made of or its size."},
		}, true
	case NameTooLong:
		return saying{
			PartyProducer,
			Text{"Tên sản phẩm dài hơn mức tối đa của sàn.", "The product's name is longer than the marketplace allows."},
			Text{"Rút gọn tên sản phẩm; chi tiết nên chuyển vào phần mô tả.", "Shorten the name and move details into the description."},
		}, true
	case DescriptionTooLong:
		return saying{
			PartyProducer,
			Text{"Mô tả sản phẩm dài hơn mức tối đa của sàn.", "The description is longer than the marketplace allows."},
			Text{"Rút gọn phần mô tả sản phẩm.", "Shorten the description."},
		}, true
	}
	return saying{}, false
}

// listingSaying: what stands in the shop already.
func listingSaying(r Reason) (saying, bool) {
	switch r {
	case ForeignListing:
		return saying{
			PartyOfficer,
			Text{"Trên sàn đã có tin đăng của sản phẩm này không do hệ thống tạo.", "The shop already holds a listing of this product that the system did not make."},
			Text{"Xác nhận tin đăng đó là của sản phẩm này để hệ thống tiếp nhận, hoặc gỡ tin nếu không đúng.", "Confirm that the listing is this product's so that it is adopted, or take it down if it is not."},
		}, true
	case DuplicateListings:
		return saying{
			PartyOfficer,
			Text{"Trên sàn có nhiều tin đăng cho cùng một sản phẩm.", "The shop holds several listings for one product."},
			Text{"Chọn tin đăng được giữ lại và gỡ các tin còn lại.", "Choose the listing to keep and take the others down."},
		}, true
	case InTrash:
		return saying{
			PartyOfficer,
			Text{"Tin đăng đang nằm trong thùng rác của sàn và vẫn giữ mã SKU.", "The listing lies in the marketplace's bin and still holds its SKU."},
			Text{"Khôi phục tin đăng hoặc xóa hẳn khỏi thùng rác trong trang quản trị của sàn.", "Restore the listing, or delete it for good, in the marketplace's back office."},
		}, true
	case OpenIntent:
		return saying{
			PartySystem,
			Text{"Chưa biết lần tạo tin trước có thành công hay không.", "It is not known yet whether the last attempt to list it took effect."},
			Text{"Không cần làm gì: hệ thống sẽ tra cứu trên sàn trước khi tạo lại.", "Nothing needs doing: the marketplace is looked at before anything is created again."},
		}, true
	case DriftFlapping:
		return saying{
			PartyOfficer,
			Text{"Tin đăng liên tục bị sửa khác với dữ liệu của hệ thống.", "Someone keeps changing the listing away from what is wanted."},
			Text{"Tìm người hoặc phần mềm đang sửa tin trên sàn và thống nhất một nơi sửa.", "Find who or what edits it on the marketplace, and agree on one place for changes."},
		}, true
	case Parked:
		return saying{
			PartyOfficer,
			Text{"Sản phẩm được tạm gác lại sau nhiều lần đăng không thành công.", "The product was set aside after failing several times in the same way."},
			Text{"Xem lỗi gần nhất, sửa nguyên nhân rồi yêu cầu đồng bộ lại sản phẩm.", "See the last failure, mend its cause and ask for the product to be synchronized again."},
		}, true
	}
	return saying{}, false
}

// marketSaying: what the marketplace decided, or has yet to do.
func marketSaying(r Reason) (saying, bool) {
	switch r {
	case RejectedByMarket:
		return saying{
			PartyProducer,
			Text{"Sàn đã từ chối tin đăng.", "The marketplace has rejected the listing."},
			Text{"Xem lý do từ chối của sàn và sửa thông tin sản phẩm; hệ thống sẽ tự gửi lại.", "Read why the marketplace rejected it and mend the product's data; it is then sent again by itself."},
		}, true
	case TakenDownByMarket:
		return saying{
			PartyOfficer,
			Text{"Sàn đã gỡ tin đăng.", "The marketplace has taken the listing down."},
			Text{"Liên hệ với sàn để biết lý do gỡ và cách khôi phục.", "Ask the marketplace why it was taken down and how to restore it."},
		}, true
	case LockedByMarket:
		return saying{
			PartyMarketplace,
			Text{"Sàn đã khóa tin đăng hoặc gian hàng.", "The marketplace has locked the listing or the shop."},
			Text{"Mở khóa tin đăng hoặc gian hàng, hoặc cho biết lý do khóa.", "Unlock the listing or the shop, or say why it is locked."},
		}, true
	case AwaitingReview:
		return saying{
			PartyMarketplace,
			Text{"Tin đăng đang chờ sàn duyệt.", "The listing waits for the marketplace's review."},
			Text{"Duyệt tin đăng đã gửi.", "Decide on the listing that was sent."},
		}, true
	case AwaitingPerson:
		return saying{
			PartyOfficer,
			Text{"Thay đổi phải do người thực hiện trên sàn.", "A person must carry the change out on the marketplace."},
			Text{"Thực hiện thay đổi trong trang bán hàng của sàn, ví dụ tải lên tệp đã chuẩn bị.", "Carry the change out in the marketplace's back office, for example by uploading the prepared file."},
		}, true
	case AwaitingObservation:
		return saying{
			PartySystem,
			Text{"Chưa đọc được đầy đủ gian hàng trên sàn nên chưa tạo tin mới để tránh trùng.", "The shop has not been read in full yet, so nothing is created, to avoid duplicates."},
			Text{"Không cần làm gì: lượt đối soát đầy đủ tiếp theo sẽ giải quyết.", "Nothing needs doing: the next full verification settles it."},
		}, true
	case MarketUnreachable:
		return saying{
			PartyMarketplace,
			Text{"Không kết nối được với sàn.", "The marketplace can't be reached."},
			Text{"Khôi phục kết nối của sàn; hệ thống sẽ tự thử lại.", "Restore the marketplace's service; the system tries again by itself."},
		}, true
	case CallFailed:
		return saying{
			PartySystem,
			Text{"Lần gọi gần nhất tới sàn không thành công.", "The last call to the marketplace failed."},
			Text{"Không cần làm gì: hệ thống sẽ thử lại; nếu lặp lại nhiều lần, người vận hành xem nhật ký.", "Nothing needs doing: the system tries again; if it keeps failing, the operator looks at the log."},
		}, true
	case NotYetRun:
		return saying{
			PartySystem,
			Text{"Sản phẩm chưa được đồng bộ lần nào với sàn này.", "The product has not been synchronized with this marketplace yet."},
			Text{"Không cần làm gì: lượt đồng bộ tiếp theo sẽ xử lý.", "Nothing needs doing: the next run takes care of it."},
		}, true
	}
	return saying{}, false
}
