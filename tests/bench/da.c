/* Deferred acceptance, children proposing, on heaps in one array: how fast the machine can go.
   Lists as in opptak.engine.arrays; `first` and `held` are room for one key a seat, `size` begins at 0. */
#include <stdint.h>

void da(int64_t children, const int64_t *starts, const int32_t *program, const int32_t *rank,
        const int32_t *seats, const int64_t *first, int32_t *size, int64_t *held, int32_t *position)
{
    for (int64_t next = 0; next < children; next++) {
        int64_t child = next;
        for (;;) {
            int64_t entry = starts[child] + position[child];
            if (entry == starts[child + 1]) break;
            int32_t at = program[entry];
            int64_t key = (int64_t)rank[entry] << 32 | child;
            int64_t *heap = held + first[at], hole, below;
            if (size[at] < seats[at]) {
                for (hole = size[at]++; hole > 0 && heap[(hole - 1) >> 1] < key; hole = (hole - 1) >> 1)
                    heap[hole] = heap[(hole - 1) >> 1];
                heap[hole] = key;
                break;
            }
            if (seats[at] > 0 && key < heap[0]) {
                child = heap[0] & 0xFFFFFFFF;
                for (hole = 0, below = 1; below < seats[at]; hole = below, below = 2 * below + 1) {
                    if (below + 1 < seats[at] && heap[below + 1] > heap[below]) below++;
                    if (heap[below] < key) break;
                    heap[hole] = heap[below];
                }
                heap[hole] = key;
            }
            position[child]++;
        }
    }
}
