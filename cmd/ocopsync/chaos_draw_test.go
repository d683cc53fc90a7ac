package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"ocopsync/internal/sandbox"
)

// What goes wrong in a round: faults of the wire, and people's hands. All is
// drawn from the round's seed.

// A plague is a kind of fault with what it may be drawn with.
type plague struct {
	kind    string
	targets []string
	method  string        // every method when empty
	most    int           // how often, at most
	delay   time.Duration // at most; half of it at least
}

func plagues() []plague {
	all := append(sandbox.Markets(), sandbox.Registry)
	wire := append(slices.Clone(all), sandbox.Media)
	const post = "POST"
	return []plague{
		{sandbox.FaultLatency, wire, "", 20, 200 * time.Millisecond},
		{sandbox.Fault429, all, "", 4, time.Second},
		{sandbox.Fault5xx, wire, "", 6, 0},
		{sandbox.FaultLostAnswer, sandbox.Markets(), post, 6, 0},
		{sandbox.FaultLateEffect, sandbox.Markets(), post, 6, 3 * time.Second},
		{sandbox.FaultCut, wire, "", 6, 0},
		{sandbox.FaultMalformed, wire, "", 4, 0},
		{sandbox.FaultTruncated, wire, "", 4, 0},
		{sandbox.FaultSlowBody, wire, "", 4, 800 * time.Millisecond},
		{sandbox.FaultEndless, all, "", 1, 0},
		{sandbox.FaultExpiredToken, all, "", 6, 0},
		{sandbox.FaultHang, wire, "", 2, 0},
		{sandbox.FaultSlowWork, []string{sandbox.Postmart, sandbox.Voso}, post, 6, 1500 * time.Millisecond},
		{sandbox.FaultBusy, []string{sandbox.Voso}, "", 6, 0},
		{sandbox.FaultWrongProduct, sandbox.Markets(), "", 6, 0},
		{sandbox.FaultShortPage, all, "", 3, 0},
		{sandbox.FaultRepeatedPage, all, "", 3, 0},
		{sandbox.FaultMovingTotal, all, "", 3, 0},
		{sandbox.FaultEmpty, []string{sandbox.Registry}, "", 2, 0},
		{sandbox.FaultShort, []string{sandbox.Registry}, "", 3, 0},
		{sandbox.FaultStale, []string{sandbox.Registry}, "", 2, 0},
	}
}

func one[T any](dice *rand.Rand, of []T) T { return of[dice.IntN(len(of))] }

// between gives a duration from half of most to most.
func between(dice *rand.Rand, most time.Duration) time.Duration {
	if most == 0 {
		return 0
	}
	return most/2 + time.Duration(dice.Int64N(int64(most/2)))
}

// fault draws a fault of the kind.
func (p plague) fault(dice *rand.Rand) sandbox.Fault {
	return sandbox.Fault{
		Target: one(dice, p.targets), Kind: p.kind, Method: p.method, Probability: 0.2 + 0.8*dice.Float64(),
		Count: 1 + dice.IntN(p.most), Delay: between(dice, p.delay), Effect: p.kind == sandbox.Fault5xx && dice.IntN(2) == 0,
	}
}

// A hand is something that people do, at the registry, in the price list or at a mall.
type hand struct {
	name string
	do   func(r *round, code, sku string) error
	// moves says that the product may lose its right, so that what leaves the sale tells nothing.
	moves bool
}

func hands() []hand {
	at := func(market string, do func(b *sandbox.Sandbox, sku string) error) func(*round, string, string) error {
		return func(r *round, _, sku string) error {
			_ = do(r.box, sku) // it may not be listed yet, or no longer
			return nil
		}
	}
	anywhere := func(do func(b *sandbox.Sandbox, market, sku string) error) func(*round, string, string) error {
		return func(r *round, _, sku string) error {
			_ = do(r.box, one(r.dice, sandbox.Markets()), sku)
			return nil
		}
	}
	mood := func(mode string) func(*round, string, string) error {
		return func(r *round, _, _ string) error { return r.box.SetRegistryMode(mode) }
	}
	return []hand{
		{name: "price changed", do: func(r *round, code, _ string) error {
			return r.box.SetPrice(code, 50_000+500*r.dice.Int64N(100))
		}},
		{name: "stock changed", do: func(r *round, code, _ string) error { return r.box.SetStock(code, r.dice.IntN(50)) }},
		{name: "renamed", do: func(r *round, code, _ string) error {
			return r.box.Rename(code, fmt.Sprintf("Trà atisô Mây Ngàn loại %d", r.dice.IntN(1000)))
		}},
		{name: "described", do: func(r *round, code, _ string) error {
			return r.box.Describe(code, fmt.Sprintf("<p>Sấy lạnh <b>%d</b> giờ ở Đà Lạt.</p>", r.dice.IntN(1000)))
		}},
		{name: "revoked", moves: true, do: func(r *round, code, _ string) error { return r.box.Revoke(code) }},
		{name: "demoted", moves: true, do: func(r *round, code, _ string) error { return r.box.Demote(code, 2) }},
		{name: "withdrawn", moves: true, do: func(r *round, code, _ string) error { return r.box.Withdraw(code) }},
		{name: "restored", moves: true, do: func(r *round, code, _ string) error { return r.box.Restore(code) }},
		{name: "edited", do: anywhere(func(b *sandbox.Sandbox, m, sku string) error {
			return b.EditListing(m, sku, "Chủ thể tự sửa tên hàng", 77_000)
		})},
		{name: "ordered", do: anywhere(func(b *sandbox.Sandbox, m, sku string) error { return b.OrderStock(m, sku, 2) })},
		{name: "set off", do: anywhere((*sandbox.Sandbox).SetOffByHand)},
		{name: "taken down", do: at(sandbox.Postmart, func(b *sandbox.Sandbox, sku string) error {
			return b.TakeDown(sandbox.Postmart, sku, "Ảnh mờ")
		})},
		{name: "locked", do: at(sandbox.Postmart, func(b *sandbox.Sandbox, sku string) error {
			return b.Lock(sandbox.Postmart, sku, "Khiếu nại")
		})},
		{name: "banned", do: at(sandbox.Voso, func(b *sandbox.Sandbox, sku string) error { return b.Ban(sandbox.Voso, sku, "Vi phạm") })},
		{name: "trashed", do: at(sandbox.Lamdong, func(b *sandbox.Sandbox, sku string) error { return b.TrashByHand(sandbox.Lamdong, sku) })},
		{name: "review rejected", do: func(r *round, _, _ string) error { r.box.RejectNext("Mô tả chưa rõ"); return nil }},
		{name: "reviews decided", do: func(r *round, _, _ string) error { r.box.Settle(); return nil }},
		{name: "shop locked", do: func(r *round, _, _ string) error { r.box.LockShop(r.dice.IntN(2) == 0); return nil }},
		{name: "few new a day", do: func(r *round, _, _ string) error { r.box.LimitNewPerDay(1 + r.dice.IntN(5)); return nil }},
		{name: "tokens expired", do: func(r *round, _, _ string) error { r.box.ExpireTokens(); return nil }},
		{name: "registry empty", do: mood(sandbox.ModeEmpty)},
		{name: "registry short", do: mood(sandbox.ModeShort)},
		{name: "registry truncated", do: mood(sandbox.ModeTruncated)},
		{name: "registry stale", do: mood(sandbox.ModeStale304)},
		{name: "registry changing", do: mood(sandbox.ModeChanging)},
		{name: "registry well", do: mood(sandbox.ModeNormal)},
	}
}
