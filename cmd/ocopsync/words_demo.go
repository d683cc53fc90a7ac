package main

import "ocopsync/internal/ocop"

// What the demo says between its runs.

func demoStart() ocop.Text {
	return ocop.Text{
		VI: "Khởi động sandbox: một sổ đăng ký với 71 sản phẩm giả định và ba sàn, trên máy này.\n",
		EN: "Starting the sandbox: a registry with 71 made-up products and three markets on loopback.\n",
	}
}

func demoUnsettled() ocop.Text {
	return ocop.Text{VI: "Các sàn chưa ổn định sau %d lượt đồng bộ.\n", EN: "The markets did not settle within %d runs.\n"}
}

func (a *app) waitingFor(reviews int) string {
	return a.text(ocop.Text{VI: "đang đợi ", EN: "waiting for "}) + a.counted(reviews, noun{"review", "reviews", "kết quả duyệt"})
}

func (a *app) brokenPromises(n int) string {
	return a.counted(n, noun{"promise does not hold by the ledger", "promises do not hold by the ledger", "lời hứa không được giữ theo sổ cái"})
}
