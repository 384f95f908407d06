// What the equations cost if nothing but them is computed: the yin-yang network (5-120-3) as one fused loop
// for known sizes, all traces stored. The limit that the benchmarks of the kernels and of hxtorch compare with.
#pragma once

#include <cstddef>
#include <vector>

namespace hx::bench {

constexpr std::size_t kInputs = 5;
constexpr std::size_t kHidden = 120;
constexpr std::size_t kOutputs = 3;

struct BareNetwork {
  std::size_t steps;
  std::size_t batch;
  std::vector<float> x, w1, w2;               // (T, B, 5), (5, 120), (3, 120)
  std::vector<float> v, i, z, slope;          // (T, B, 120)
  std::vector<float> out_v, out_i, upstream;  // (T, B, 3)
  std::vector<float> grad_w1, grad_w2;

  BareNetwork(std::size_t steps_in, std::size_t batch_in)
      : steps(steps_in),
        batch(batch_in),
        x(steps * batch * kInputs),
        w1(kInputs * kHidden),
        w2(kOutputs * kHidden),
        v(steps * batch * kHidden),
        i(v.size()),
        z(v.size()),
        slope(v.size()),
        out_v(steps * batch * kOutputs),
        out_i(out_v.size()),
        upstream(out_v.size()),
        grad_w1(w1.size()),
        grad_w2(w2.size()) {
    // One spike per input and sample, weights spread like those of the training.
    unsigned random = 12345;
    auto const next = [&random] { return (random = random * 1664525U + 1013904223U) >> 8; };
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t k = 0; k < kInputs; ++k) {
        x[((2 + next() % 24) % steps * batch + b) * kInputs + k] = 1;
      }
      upstream[((steps - 2) * batch + b) * kOutputs + b % kOutputs] = 1e-3F;
    }
    for (auto& w : w1) w = 0.4F + 0.8F * static_cast<float>(next() % 1000) / 1000;
    for (auto& w : w2) w = 0.2F * static_cast<float>(next() % 1000) / 1000 - 0.1F;
  }

  void forward() {
    constexpr float kDecay = 1 - 1.F / 6, kRate = 1.F / 6, kAlpha = 150;
    for (std::size_t b = 0; b < batch; ++b) {
      float state_v[kHidden] = {}, state_i[kHidden] = {};
      float read_v[kOutputs] = {}, read_i[kOutputs] = {};
      for (std::size_t t = 0; t < steps; ++t) {
        std::size_t const row = t * batch + b;
        for (std::size_t n = 0; n < kHidden; ++n) {
          state_v[n] += kRate * (state_i[n] - state_v[n]);
          state_i[n] *= kDecay;
        }
        for (std::size_t k = 0; k < kInputs; ++k) {
          if (x[row * kInputs + k] == 0) continue;
          for (std::size_t n = 0; n < kHidden; ++n) state_i[n] += w1[k * kHidden + n];
        }
        for (std::size_t n = 0; n < kHidden; ++n) {
          float const distance = state_v[n] - 1;
          float const root = (distance < 0 ? -distance : distance) * kAlpha + 1;
          float const spike = distance > 0 ? 1.F : 0.F;
          state_v[n] = distance > 0 ? 0.F : state_v[n];
          v[row * kHidden + n] = state_v[n];
          i[row * kHidden + n] = state_i[n];
          z[row * kHidden + n] = spike;
          slope[row * kHidden + n] = 1 / (root * root);
        }
        for (std::size_t m = 0; m < kOutputs; ++m) {
          float sum = 0;
          for (std::size_t n = 0; n < kHidden; ++n)
            sum += w2[m * kHidden + n] * z[row * kHidden + n];
          read_v[m] += kRate * (read_i[m] - read_v[m]);
          read_i[m] = read_i[m] * kDecay + sum;
          out_v[row * kOutputs + m] = read_v[m];
          out_i[row * kOutputs + m] = read_i[m];
        }
      }
    }
  }

  void backward() {
    constexpr float kDecay = 1 - 1.F / 6, kRate = 1.F / 6;
    for (auto& g : grad_w1) g = 0;
    for (auto& g : grad_w2) g = 0;
    for (std::size_t b = 0; b < batch; ++b) {
      float av[kHidden] = {}, ai[kHidden] = {}, read_v[kOutputs] = {}, read_i[kOutputs] = {};
      for (std::size_t t = steps; t-- > 0;) {
        std::size_t const row = t * batch + b;
        float gz[kHidden] = {};
        for (std::size_t m = 0; m < kOutputs; ++m) {
          float const lv = read_v[m] + upstream[row * kOutputs + m];
          float const li = read_i[m];
          for (std::size_t n = 0; n < kHidden; ++n) {
            gz[n] += li * w2[m * kHidden + n];
            grad_w2[m * kHidden + n] += li * z[row * kHidden + n];
          }
          read_i[m] = li * kDecay + lv * kRate;
          read_v[m] = lv * kDecay;
        }
        for (std::size_t k = 0; k < kInputs; ++k) {
          if (x[row * kInputs + k] == 0) continue;
          for (std::size_t n = 0; n < kHidden; ++n) grad_w1[k * kHidden + n] += ai[n];
        }
        for (std::size_t n = 0; n < kHidden; ++n) {
          float const lv = av[n] * (1 - z[row * kHidden + n]) + gz[n] * slope[row * kHidden + n];
          ai[n] = ai[n] * kDecay + lv * kRate;
          av[n] = lv * kDecay;
        }
      }
    }
  }
};

}  // namespace hx::bench
