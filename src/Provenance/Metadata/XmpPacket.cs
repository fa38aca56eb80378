using System.Text;
using System.Xml;

namespace Vitrine.Provenance.Metadata;

/// <summary>Writes an XMP packet (ISO 16684-1) that says how a picture came to be.</summary>
internal static class XmpPacket
{
    private const string Rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
    private const string IptcExtension = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
    private const string Tc260 = "http://www.tc260.org.cn/ns/AIGC/1.0/";
    private const string XmpBasic = "http://ns.adobe.com/xap/1.0/";

    public static byte[] Write(ImplicitStatement statement)
    {
        var settings = new XmlWriterSettings { OmitXmlDeclaration = true, Encoding = new UTF8Encoding(false), ConformanceLevel = ConformanceLevel.Fragment };
        using var stream = new MemoryStream();
        using (var xml = XmlWriter.Create(stream, settings))
        {
            xml.WriteProcessingInstruction("xpacket", "begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"");
            xml.WriteStartElement("x", "xmpmeta", "adobe:ns:meta/");
            xml.WriteStartElement("rdf", "RDF", Rdf);
            xml.WriteStartElement("rdf", "Description", Rdf);
            xml.WriteAttributeString("rdf", "about", Rdf, "");
            if (statement.CreatorTool is { } tool) xml.WriteAttributeString("xmp", "CreatorTool", XmpBasic, tool);
            xml.WriteElementString("Iptc4xmpExt", "DigitalSourceType", IptcExtension, statement.SourceType.ToUri());
            if (statement.Aigc is { } label) xml.WriteElementString("TC260", "AIGC", Tc260, label.ToJson());
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteEndElement();
            xml.WriteProcessingInstruction("xpacket", "end=\"r\"");
        }
        return stream.ToArray();
    }
}
