"""Pages on files of weights. No `.cnn` text alone can show these: they take a file beside it."""

from __future__ import annotations

WEIGHTS: dict[str, tuple[str, str]] = {
    "weights-unreadable": (
        "The file is none that torch.save or safetensors writes, or it is cut off or damaged. Its header "
        "alone is read, and nothing in it is executed: an object that is no tensor is refused.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "echo text > net.pt\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-missing": (
        "The network has weights that the file lacks. The mark stands at the layer that wants them; the help "
        "names the tensor of the file that has their shape and their place.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'other.weight': t(4, 3)}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-shape": (
        "The file has a tensor of this name in another shape, so the layer was made in another size.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'fc1.weight': t(4, 5)}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-unexpected": (
        "The file has tensors that no layer of the network wants: a layer was removed or renamed.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'fc1.weight': t(4, 3), '1.bias': t(4)}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-dtype": (
        "The tensor is stored in another dtype. torch converts it while loading, without a word.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'fc1.weight': t(4, 3).half()}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-prefix": (
        "A wrapper (DataParallel, torch.compile, Lightning) put its own name before each of the names.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'module.fc1.weight': t(4, 3)}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-inside": (
        "The file is a whole checkpoint: the weights stand under a name, beside other things.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'state_dict': {'fc1.weight': t(4, 3)}}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
    "weights-others": (
        "The file holds entries that are no tensors; load_state_dict will not take them.",
        "echo 'model Net { input x: [N, 3]; Linear(4, bias=False) }' > net.cnn\n"
        "python -c \"from torch import *; t = zeros; save({'fc1.weight': t(4, 3), 'epoch': 3}, 'net.pt')\"\n"
        "cnndsl check net.cnn --weights net.pt",
    ),
}
