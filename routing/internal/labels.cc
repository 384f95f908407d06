#include "routing/internal/labels.h"

#include <bit>

#include "routing/internal/network.h"

namespace hx::routing::internal {
namespace {

class Colouring {
 public:
  Colouring(std::vector<LabelEdge> const& edges, std::vector<std::uint64_t> const& blocked,
            std::vector<std::uint8_t>& labels)
      : edges_(edges), used_(blocked), labels_(labels) {
    std::array<std::uint32_t, kLabels> none;
    none.fill(kNone);
    edge_at_.assign(blocked.size(), none);
    labels_.assign(edges.size(), 0);
  }

  bool add(std::uint32_t edge) {
    auto const [u, v] = edges_[edge].groups;
    std::uint64_t const free_u = u == kNone ? ~std::uint64_t{0} : ~used_[u];
    std::uint64_t const free_v = v == kNone ? ~std::uint64_t{0} : ~used_[v];
    if ((free_u & free_v) != 0) {
      set(edge, std::countr_zero(free_u & free_v));
      return true;
    }
    // a is free at u and c at v: exchange a and c along the path that begins at v with a.
    for (int a = 0; a < static_cast<int>(kLabels); ++a) {
      if ((free_u >> a & 1) == 0) continue;
      for (int c = 0; c < static_cast<int>(kLabels); ++c) {
        if ((free_v >> c & 1) == 0 || !exchange(v, a, c)) continue;
        set(edge, a);
        return true;
      }
    }
    return false;
  }

 private:
  void set(std::uint32_t edge, int label) {
    labels_[edge] = static_cast<std::uint8_t>(label);
    for (std::uint32_t v : edges_[edge].groups) {
      if (v == kNone) continue;
      used_[v] |= std::uint64_t{1} << label;
      edge_at_[v][static_cast<std::size_t>(label)] = edge;
    }
  }
  void clear(std::uint32_t edge) {
    std::uint8_t const label = labels_[edge];
    for (std::uint32_t v : edges_[edge].groups) {
      if (v == kNone) continue;
      used_[v] &= ~(std::uint64_t{1} << label);
      edge_at_[v][label] = kNone;
    }
  }

  /// False, and nothing changed, if the path ends at a label that belongs to nobody here.
  bool exchange(std::uint32_t start, int a, int c) {
    std::vector<std::uint32_t> path;
    std::uint32_t v = start;
    int want = a;
    while (v != kNone && (used_[v] >> want & 1) != 0) {
      std::uint32_t const edge = edge_at_[v][static_cast<std::size_t>(want)];
      if (edge == kNone) return false;
      path.push_back(edge);
      auto const& ends = edges_[edge].groups;
      v = ends[0] == v ? ends[1] : ends[0];
      want = want == a ? c : a;
    }
    for (std::uint32_t edge : path) clear(edge);
    for (std::uint32_t edge : path) set(edge, labels_[edge] == a ? c : a);
    return true;
  }

  std::vector<LabelEdge> const& edges_;
  std::vector<std::uint64_t> used_;
  std::vector<std::array<std::uint32_t, kLabels>> edge_at_;
  std::vector<std::uint8_t>& labels_;
};

}  // namespace

bool colour(std::vector<LabelEdge> const& edges, std::vector<std::uint64_t> const& blocked,
            std::vector<std::uint8_t>& labels) {
  Colouring colouring(edges, blocked, labels);
  for (std::uint32_t edge = 0; edge < edges.size(); ++edge) {
    if (!colouring.add(edge)) return false;
  }
  return true;
}

}  // namespace hx::routing::internal
